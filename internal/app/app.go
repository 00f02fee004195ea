// Package app is the command line: one file for each sub-command.
//
// A command opens its inputs, runs one sensor over them, feeds the records to the
// inventory and the log writers, and prints what came out. All state belongs to
// the run; two runs over the same files with the same key write the same bytes.
// Faults of files are one line each and do not stop the others; wrong usage names
// the flag and the value. Exit status: 0 all was well, 1 something could not be
// read or written, or two baselines differ, 2 wrong usage, 3 something was found that is as grave as --fail-on.
//
// It refuses to decide anything about devices or protocols: that is the lower
// floors' work. Package reading wires them.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"lazaret/internal/reading"
)

// env is what a command may touch of the outside.
type env struct {
	in       io.Reader
	out, err io.Writer
}

// errFound says that all was read, and that something was found that is as grave as
// was asked for: exit status 3.
var errFound = errors.New("findings")

// Main runs the command line and returns the exit status.
func Main(args []string, in io.Reader, out, errw io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot(&env{in, out, errw})
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errw)
	err := root.ExecuteContext(ctx)
	var usage reading.UsageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, reading.ErrPartial), errors.Is(err, errDiffers):
		return 1
	case errors.Is(err, errFound):
		return 3
	case errors.As(err, &usage):
		fmt.Fprintf(errw, "lazaret: %v\n", err)
		return 2
	case errors.Is(err, syscall.EPIPE):
		return 1 // the reader of our output went away
	}
	fmt.Fprintf(errw, "lazaret: %v\n", err)
	return 1
}

func newRoot(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:   "lazaret",
		Short: "Know the imaging network: who is on it, and what it does",
		Long: `Lazaret reads a copy of the traffic of an imaging network and tells what every
device is, with the evidence. It needs no network, and sends nothing unless read --syslog
asks for it.`,
		Example: `  lazaret read capture.pcap                  who is on the network
  lazaret read -o json monday/ > monday.json   the same for scripts
  lazaret read --logs logs/ *.pcapng.zst     one JSON lines file per log
  lazaret explain ct1 capture.pcap           what proves what ct1 is
  lazaret report capture.pcap > case.html    who infected whom, where it came in, who was exposed`,
		SilenceUsage: true, SilenceErrors: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return reading.Usage(fmt.Errorf("unknown command %q; see lazaret --help", args[0]))
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return reading.Usage(fmt.Errorf("%w; see %s --help", err, c.CommandPath()))
	})
	root.PersistentFlags().String("config", "", "configuration `FILE` (TOML); see lazaret config print")
	root.AddCommand(newRead(e), newExplain(e), newExposure(e), newReport(e), newPartners(e), newBundle(e), newIncident(e), newConfig(e), newRecords(e), newRules(e), newBaseline(e), newVersion(e))
	return root
}

// nothing demands that a command is given no arguments.
func nothing(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return reading.Usage(fmt.Errorf("%s does not know %q; see %s --help", c.Name(), args[0], c.CommandPath()))
	}
	return nil
}

// atLeast demands a number of arguments in the words of the command.
func atLeast(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < n {
			return reading.Usage(fmt.Errorf("%s wants %s; see %s --help", c.Name(), what, c.CommandPath()))
		}
		return nil
	}
}
