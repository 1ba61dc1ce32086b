// Rust with its library: a body, arguments, the environment, a panic.
use std::io::Read;

fn main() {
    let mut body = String::new();
    std::io::stdin().read_to_string(&mut body).unwrap();
    let numbers: Vec<u64> = body
        .split_whitespace()
        .map(|word| word.parse().expect("a number"))
        .collect();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    println!("{} {}", numbers.iter().sum::<u64>(), arguments.join("+"));
}
