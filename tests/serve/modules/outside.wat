;; Its data does not fit into its memory.
(module (memory (export "memory") 1)
  (data (i32.const 65530) "larger than that")
  (func (export "_start")))
