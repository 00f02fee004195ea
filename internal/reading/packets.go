package reading

import (
	"bufio"
	"context"
	"io"
	"strings"

	"lazaret/internal/capture"
	"lazaret/internal/mask"
	"lazaret/internal/protocols"
	"lazaret/internal/sensor"
)

// Packets writes the packets of the conversations behind some of the Stories, by their
// indices, as pcapng, with patient data overwritten unless clear is set. It reads the captures
// again, so none may be standard input. Document comes first.
func (r *Reading) Packets(ctx context.Context, w io.Writer, cfg Config, in Input, which []int, clear bool) (*mask.Stats, error) {
	wanted := map[string]bool{}
	var ids []string
	for _, i := range which {
		ids = append(ids, r.Stories[i].ID)
		for _, k := range r.Stories[i].Findings {
			f := &r.Findings[k]
			for _, u := range f.UIDs {
				wanted[u] = true
			}
			for _, s := range f.Steps {
				if s.UID != "" {
					wanted[s.UID] = true
				}
			}
		}
	}
	how := "What may tell of a patient is overwritten with X; lengths, times and headers are as they were."
	if clear {
		how = "Nothing is overwritten: this file holds patient data."
	}
	buf := bufio.NewWriterSize(w, 1<<20)
	files, _ := capture.Expand(cfg.Capture, in.Paths) // faults were told when it was read
	st, err := mask.Write(cfg.Mask, buf, mask.Options{
		Open: func() (sensor.Source, error) {
			tl := capture.Open(ctx, cfg.Capture, files, capture.Options{Since: in.Since, Until: in.Until})
			return closing{tl}, nil
		},
		Wanted: wanted, Specs: protocols.Specs, Decode: cfg.Sensor.Decode, Flow: cfg.Sensor.Flow, Clear: clear,
		Comment:     "Packets of the conversations behind " + strings.Join(ids, ", ") + ". " + how,
		Application: "lazaret " + Version(),
	})
	if err != nil {
		return nil, err
	}
	return st, buf.Flush()
}

// closing lets go of a timeline as any other source is let go of.
type closing struct{ *capture.Timeline }

// Close implements io.Closer.
func (c closing) Close() error {
	c.Timeline.Close()
	return nil
}
