package greeter

import "testing"

func TestHello(t *testing.T) {
	if got := Hello("Ann"); got != "Hello, Ann!" {
		t.Errorf("got %q", got)
	}
}
