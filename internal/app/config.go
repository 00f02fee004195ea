package app

import (
	"fmt"

	"github.com/spf13/cobra"

	"lazaret/internal/reading"
	"lazaret/internal/report"
	"lazaret/internal/report/terminal"
	"lazaret/internal/vendordb"
)

func configOf(cmd *cobra.Command) (reading.Config, error) {
	path, err := cmd.Flags().GetString("config")
	if err != nil {
		return reading.Config{}, err
	}
	return reading.Load(path)
}

func newConfig(e *env) *cobra.Command {
	c := &cobra.Command{
		Use: "config", Short: "Print or check the configuration",
		Args: nothing, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(&cobra.Command{
		Use: "print", Short: "Print the configuration in force, with comments",
		Example: "  lazaret config print > lazaret.toml\n  lazaret --config lazaret.toml config print",
		Args:    nothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := configOf(cmd)
			if err != nil {
				return err
			}
			return reading.PrintConfig(e.out, cfg)
		},
	}, &cobra.Command{
		Use: "check FILE", Short: "Say everything that is wrong with a configuration file",
		Example: "  lazaret config check lazaret.toml",
		Args:    atLeast(1, "a file"),
		RunE: func(_ *cobra.Command, args []string) error {
			if _, err := reading.Load(args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintf(e.out, "%s: ok\n", args[0])
			return err
		},
	})
	return c
}

func newVersion(e *env) *cobra.Command {
	var tables bool
	c := &cobra.Command{
		Use: "version", Short: "Print the version, and with --tables what the embedded tables hold",
		Example: "  lazaret version --tables", Args: nothing,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintln(e.out, "lazaret", reading.Version())
			if !tables {
				return nil
			}
			t := &terminal.Table{Head: []string{"TABLE", "ENTRIES"}}
			for _, n := range vendordb.Counts() {
				t.Add(n.Table, report.Thousands(uint64(n.Entries)))
			}
			return t.Print(e.out, 0)
		},
	}
	c.Flags().BoolVar(&tables, "tables", false, "how many entries each embedded table has")
	return c
}
