package app

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"lazaret/internal/reading"
	"lazaret/internal/report/terminal"
)

func newExplain(e *env) *cobra.Command {
	var output, since, until string
	var workers int
	c := &cobra.Command{
		Use:   "explain [flags] DEVICE FILE|DIR|- ...",
		Short: "Show every piece of evidence behind what is said of a device",
		Long: `Explain reads captures as read does and shows, for one device, how its addresses
are known, why it has its role, the evidence for each attribute, and what
contradicts it. DEVICE is an id, an address, a name, an AE title or a serial number.`,
		Example: `  lazaret explain 10.20.1.15 capture.pcap
  lazaret explain CT_SCAN_1 monday/
  lazaret explain -o json mac:00:11:22:33:44:55 capture.pcap`,
		Args: atLeast(2, "a device and a file, a folder, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if output != "text" && output != "json" {
				return reading.Usage(fmt.Errorf("--output: %q is not text or json", output))
			}
			cfg, in, err := e.inputOf(cmd, args[1:], since, until, workers)
			if err != nil {
				return err
			}
			r, err := reading.Run(cmd.Context(), e.err, cfg, in)
			if err != nil {
				return err
			}
			snapshot := r.Inventory.Snapshot()
			x, err := snapshot.Explain(args[0])
			if err != nil {
				return err
			}
			if output == "json" {
				enc := json.NewEncoder(e.out)
				enc.SetIndent("", "  ")
				enc.SetEscapeHTML(false)
				err = enc.Encode(x)
			} else {
				err = terminal.Explain(e.out, x, terminal.Callings(snapshot.Devices), terminal.Width(e.out))
			}
			if err != nil {
				return err
			}
			return r.Status()
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "text", "`FORMAT`: text or json")
	timeFlags(c, &since, &until, &workers)
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}
