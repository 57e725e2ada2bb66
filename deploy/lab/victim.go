package lab

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// victimVariable makes a test program a victim, and says which.
const victimVariable = "LAB_TEST_VICTIM"

// BeVictim is for the beginning of TestMain. Where StartVictim has started the test program it starts what was asked for, prints what start says of
// it, and waits to be killed; else it returns at once.
func BeVictim(start func(ctx context.Context, what string) (said string, err error)) {
	what := os.Getenv(victimVariable)
	if what == "" {
		return
	}
	said, err := start(context.Background(), what)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(said)
	select {}
}

// StartVictim starts the test program once more, as a victim to be killed by the test, and returns what it has said once it had started what was
// asked for.
func StartVictim(t testing.TB, what string) (program *exec.Cmd, said string) {
	t.Helper()
	program = exec.CommandContext(t.Context(), os.Args[0])
	program.Env = append(os.Environ(), victimVariable+"="+what)
	program.Stderr = os.Stderr
	out, err := program.StdoutPipe()
	if err == nil {
		err = program.Start()
	}
	if err == nil {
		said, err = bufio.NewReader(out).ReadString('\n')
	}
	if err != nil {
		t.Fatal(err)
	}
	return program, strings.TrimSpace(said)
}
