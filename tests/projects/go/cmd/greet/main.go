package main

import (
	"fmt"

	"example.org/greeter"
)

func main() {
	fmt.Println(greeter.Hello("world"))
}
