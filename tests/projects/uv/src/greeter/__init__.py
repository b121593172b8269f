def main() -> None:
    print("Hello from greeter!")
