package app

import (
	"io"
	"log/slog"
	"os"

	"github.com/mattn/go-isatty"

	"ari-recorder/config"
	"ari-recorder/pkg/journal"
)

// NewLog makes the process's log: text on a terminal, JSON for machines, unless the configuration says which. Lines that a
// request has caused bear its id.
func NewLog(c config.Log, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.Level}
	if c.Format == "text" || c.Format == "" && isTerminal(w) {
		return slog.New(journal.Handler{Handler: slog.NewTextHandler(w, options)})
	}
	return slog.New(journal.Handler{Handler: slog.NewJSONHandler(w, options)})
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd()) // a null device is none
}
