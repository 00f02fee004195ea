package app

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"lazaret/internal/partners"
	"lazaret/internal/reading"
)

func newPartners(e *env) *cobra.Command {
	c := &cobra.Command{
		Use: "partners", Short: "Print a file of partners to begin with, or check one",
		Long: `Partners are who is outside and has to do with the site: manufacturers that service devices, IT
providers, logistics, other clinics. With --partners read and report name them where they had to do
with where an intruder came in, with their first and last contacts.`,
		Example: "  lazaret partners > partners.toml\n  lazaret partners check partners.toml\n  lazaret report --partners partners.toml capture.pcap > case.html",
		Args:    nothing,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(e.out, partners.Example)
			return err
		},
	}
	c.AddCommand(&cobra.Command{
		Use: "check FILE", Short: "Say everything that is wrong with a file of partners",
		Example: "  lazaret partners check partners.toml",
		Args:    exactly(1, "a file"),
		RunE: func(_ *cobra.Command, args []string) error {
			if _, err := reading.ReadPartners(args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintf(e.out, "ok: %s\n", args[0])
			return err
		},
	})
	return c
}
