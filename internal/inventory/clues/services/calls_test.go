package services

import (
	"slices"
	"testing"

	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/share"
)

func TestCalls(t *testing.T) {
	for name, tc := range map[string]struct {
		call dcerpc.Record
		want []string
	}{
		"a secure channel granted": {dcerpc.Record{Endpoint: "netlogon", Operation: "NetrServerAuthenticate3", Outcome: "accepted"}, []string{"server kind: domain controller"}},
		"sealed replication":       {dcerpc.Record{Endpoint: "drsuapi", Operation: "DRSCrackNames", Outcome: "answered"}, []string{"server kind: domain controller"}},
		"refused":                  {dcerpc.Record{Endpoint: "netlogon", Operation: "NetrServerAuthenticate3", Outcome: "refused"}, nil},
		"not answered":             {dcerpc.Record{Endpoint: "drsuapi", Operation: "DRSCrackNames"}, nil},
		"what any machine answers": {dcerpc.Record{Endpoint: "samr", Operation: "SamrConnect5", Outcome: "accepted"}, nil},
	} {
		if _, got := cluestest.Read(Readers, &tc.call, 445); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestMapping(t *testing.T) {
	for path, want := range map[string]string{`\\FILES\images`: "FILES", `\\10.20.30.4\c$`: "", `nonsense`: ""} {
		o, _ := cluestest.Read(Readers, &share.MappingRecord{Path: path, ShareType: "DISK"}, 445)
		name := ""
		if len(o.Namings) > 0 {
			name = o.Namings[0].Name
		}
		if name != want {
			t.Errorf("%s names %q", path, name)
		}
	}
}
