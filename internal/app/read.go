package app

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func newRead(e *env) *cobra.Command {
	var output, logDir, since, until string
	var workers int
	c := &cobra.Command{
		Use:   "read [flags] FILE|DIR|- ...",
		Short: "Read captures and print who is on the network",
		Long: `Read reads capture files (pcap, pcapng, plain, gzip or zstd), folders of them, or
standard input, as one timeline ordered by packet time, and prints one row per
device, a summary line, and what could not be inspected.

A star behind a role says that some evidence speaks against something in the
row; lazaret explain shows all of it.`,
		Example: `  lazaret read capture.pcap
  lazaret read -o json monday/ tuesday.pcapng.zst > inventory.json
  lazaret read --logs logs/ --since 2026-11-02T08:00:00Z --until 2026-11-02T09:00:00Z day.pcap
  ssh sensor tcpdump -i span0 -w - | lazaret read -`,
		Args: atLeast(1, "a file, a folder, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if output != "text" && output != "json" && output != "csv" {
				return usageError{fmt.Errorf("--output: %q is not text, json or csv", output)}
			}
			cfg, in, err := e.inputOf(cmd, args, since, until, workers)
			if err != nil {
				return err
			}
			in.logs = logDir
			r, err := e.read(cmd.Context(), cfg, in)
			if err != nil {
				return err
			}
			if err := printDocument(e.out, document(r), output); err != nil {
				return err
			}
			return r.status()
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "text", "`FORMAT`: text, json (docs/read.schema.json) or csv")
	c.Flags().StringVar(&logDir, "logs", "", "write the records to `DIR`, one JSON lines file per log, named as Zeek's")
	timeFlags(c, &since, &until, &workers)
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json", "csv"}, cobra.ShellCompDirectiveNoFileComp))
	_ = c.MarkFlagDirname("logs")
	return c
}

// timeFlags are the flags of every command that reads captures.
func timeFlags(c *cobra.Command, since, until *string, workers *int) {
	c.Flags().StringVar(since, "since", "", "leave out packets before `TIME` (RFC 3339, a date, or epoch seconds)")
	c.Flags().StringVar(until, "until", "", "leave out packets at `TIME` or later")
	c.Flags().IntVar(workers, "workers", 0, "goroutines that analyze, 0 to fit the cores; the output is the same for any `N`")
}

func (e *env) inputOf(cmd *cobra.Command, args []string, since, until string, workers int) (Config, input, error) {
	cfg, err := configOf(cmd)
	if err != nil {
		return cfg, input{}, err
	}
	in := input{paths: args, progress: true}
	if in.since, err = parseTime("since", since); err != nil {
		return cfg, in, err
	}
	if in.until, err = parseTime("until", until); err != nil {
		return cfg, in, err
	}
	if in.since != 0 && in.until != 0 && in.since >= in.until {
		return cfg, in, usageError{fmt.Errorf("--since %s is not before --until %s", since, until)}
	}
	if cmd.Flags().Changed("workers") {
		cfg.Sensor.Workers = workers
	}
	if err := cfg.Sensor.Validate(); err != nil {
		return cfg, in, usageError{err}
	}
	return cfg, in, nil
}

func printDocument(w io.Writer, d *Document, output string) error {
	switch output {
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(d)
	case "csv":
		return printCSV(w, d)
	}
	return printText(w, d, widthOf(w))
}
