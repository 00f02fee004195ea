package app

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"lazaret/internal/reading"
)

func newRecords(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "records", Short: "Print the manual of the logs: every field, its type and meaning",
		Example: "  lazaret records > docs/records.md",
		Args:    nothing,
		RunE:    func(*cobra.Command, []string) error { return printRecords(e.out) },
	}
}

// printRecords writes Markdown; docs/records.md is this output.
func printRecords(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Records\n\nWritten by `lazaret records`. Each log is a file of JSON lines (`read --logs DIR`). " +
		"Every record begins with `ts`, epoch seconds; those of a conversation go on with `uid`, `id.orig_h`, " +
		"`id.orig_p`, `id.resp_h` and `id.resp_p`. Fields without a value are left out. Where Zeek has the log, names and " +
		"units are Zeek's. Class `pseudo` is a keyed hash of patient data, `person` may name a member of staff.\n")
	for _, s := range reading.Schemas() {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n| field | type | class | meaning |\n|---|---|---|---|\n", s.Name, s.Doc)
		for _, f := range s.Fields {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, f.Type, f.Class, strings.ReplaceAll(f.Doc, "|", `\|`))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
