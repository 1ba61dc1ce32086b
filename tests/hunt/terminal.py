"""Runs a command in a terminal and types ^C when a text was written; prints what
it wrote, and ends with its status.  terminal.py TEXT COMMAND..."""
import os
import pty
import sys

pid, master = pty.fork()
if not pid:
    os.execvp(sys.argv[2], sys.argv[2:])
written = b""
typed = False
while True:
    try:
        more = os.read(master, 65536)
    except OSError:
        break
    if not more:
        break
    written += more
    if not typed and sys.argv[1].encode() in written:
        os.write(master, b"\3")
        typed = True
sys.stdout.buffer.write(written)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
