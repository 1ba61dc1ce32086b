module sigpact.example/gomain

go 1.19
