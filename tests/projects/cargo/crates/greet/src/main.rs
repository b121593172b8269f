fn main() {
    println!("{}", greeter::hello("world"));
}
