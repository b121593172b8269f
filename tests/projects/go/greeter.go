// Package greeter greets.
package greeter

// Hello greets by name.
func Hello(name string) string {
	return "Hello, " + name + "!"
}
