package sensor_test

import (
	"bytes"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/flow"
	"lazaret/internal/prototest"
)

// A capture of control packets alone still shows what is missing.
func TestControlPacketsShowLoss(t *testing.T) {
	c := talk(">OUT hello\n", "<OUT hi\n")
	var list []capture.Frame
	for _, f := range c.Frames(nil) {
		if !bytes.Contains(f.Data, []byte("OUT")) {
			list = append(list, f)
		}
	}
	records, st := prototest.Run(t, list, echoSpec("outer", "OUT"))
	var conn *flow.Record
	for _, r := range records {
		if body, ok := r.Body.(*flow.Record); ok {
			conn = body
		}
	}
	if conn == nil {
		t.Fatal("no conn record")
	}
	if conn.MissedBytes != 17 || conn.ConnState != "SF" {
		t.Errorf("missed %d bytes in state %s (%s), want 17 in SF", conn.MissedBytes, conn.ConnState, conn.History)
	}
	if st.MissedBytes != 17 {
		t.Errorf("%d bytes missed in all, want 17", st.MissedBytes)
	}
}
