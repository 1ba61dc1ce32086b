module sigpact.example/peer

go 1.19
