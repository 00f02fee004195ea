package reading

import (
	"reflect"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto/files"
	"lazaret/internal/report"
)

func TestMoved(t *testing.T) {
	m := newMoved()
	for _, f := range []*files.Record{
		{Source: "SMB", Seen: 2048, SHA256: "a", Runs: true, Family: "F1"}, {Source: "SMB", Seen: 1024, SHA256: "b", Runs: true, Family: "F1"}, {Source: "HTTP", Seen: 1024},
	} {
		m.add(&event.Record{Body: f})
	}
	if want := (report.Moved{Files: 3, Bytes: 4096, Incomplete: 1, Executables: 2, Families: 1, Sources: map[string]int{"HTTP": 1, "SMB": 2}}); !reflect.DeepEqual(m.Moved, want) {
		t.Errorf("%+v, want %+v", m.Moved, want)
	}
}
