package app

import (
	"context"
	"fmt"
	"io"

	"lazaret/internal/mask"
	"lazaret/internal/reading"
	"lazaret/internal/report"
	"lazaret/internal/report/terminal"
)

// writePackets writes the file of --pcap and tells what is in it.
func (e *env) writePackets(ctx context.Context, cfg reading.Config, in reading.Input, r *reading.Reading, which []int, f *asksReport) error {
	var st *mask.Stats
	err := reading.WriteWhole(f.pcap, func(w io.Writer) (err error) {
		st, err = r.Packets(ctx, w, cfg, in, which, f.clear)
		return err
	})
	if err != nil {
		return fmt.Errorf("--pcap %s: %w", f.pcap, reading.Bare(err))
	}
	fmt.Fprintf(e.err, "lazaret: %s: %s of %s, ", f.pcap, terminal.Plural(int(st.Packets), "packet"), terminal.Plural(st.Conversations, "conversation"))
	if f.clear {
		fmt.Fprintf(e.err, "%s of content in clear: this file holds patient data\n", report.Size(st.Bytes))
	} else {
		fmt.Fprintf(e.err, "%s of %s of content overwritten", report.Size(st.Masked), report.Size(st.Bytes))
		if st.Again > 0 {
			fmt.Fprintf(e.err, ", and a name or number of a patient in %s more", terminal.Plural(int(st.Again), "place"))
		}
		fmt.Fprintln(e.err)
	}
	if st.Pieces > 0 {
		fmt.Fprintf(e.err, "lazaret: %s: %s in fragments left out\n", f.pcap, terminal.Plural(int(st.Pieces), "datagram"))
	}
	if st.Shed > 0 {
		fmt.Fprintf(e.err, "lazaret: %s: more was overwritten than had to be: mask.runs was reached %s\n", f.pcap, terminal.Plural(int(st.Shed), "time"))
	}
	if st.Missing > 0 {
		fmt.Fprintf(e.err, "lazaret: %s: %s not found again\n", f.pcap, terminal.Plural(st.Missing, "conversation"))
	}
	return nil
}
