package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/app"
)

// told is what the tests read of records.
type told struct {
	SHA256  string `json:"sha256"`
	Seen    int    `json:"seen_bytes"`
	Missing int    `json:"missing_bytes"`
	Orig    bool   `json:"is_orig"`
	Refused uint64 `json:"refused_bytes"`
	Pipe    string `json:"named_pipe"`
	Opnum   uint16 `json:"opnum"`
	Outcome string `json:"outcome"`
	Action  string `json:"action"`
	Status  string `json:"status"`
}

// records are those of one log.
func records(t *testing.T, dir, log string) []told {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, log+".log"))
	if err != nil {
		t.Fatal(err)
	}
	var list []told
	for d := json.NewDecoder(bytes.NewReader(b)); ; {
		var r told
		if err := d.Decode(&r); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatalf("%s: %v", log, err)
		}
		list = append(list, r)
	}
}

// TestOffice holds that what the program tells of an office is what was put into it:
// each file with its hash, bytes and direction, each call, share and refused write.
func TestOffice(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "office.pcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	tape, err := generateTo(f, 30e6, 3, bureau)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	if status := app.Main([]string{"read", "--logs", dir, path}, strings.NewReader(""), io.Discard, &errs); status != 0 {
		t.Fatalf("lazaret read: exit status %d: %s", status, errs.String())
	}
	want, got := map[string]int{}, map[string]int{}
	for _, m := range tape.tally.files {
		want[fmt.Sprintf("%s of %d bytes, read %v", hex.EncodeToString(m.hash[:]), m.size, m.read)]++
	}
	var refused uint64
	for _, r := range records(t, dir, "files") {
		if refused += r.Refused; r.Refused == 0 {
			got[fmt.Sprintf("%s of %d bytes, read %v", r.SHA256, r.Seen, !r.Orig)]++
		}
		if r.Missing != 0 {
			t.Errorf("%d bytes of a file are said to be missing", r.Missing)
		}
	}
	same(t, "files", want, got)
	if refused != tape.tally.refused {
		t.Errorf("%d bytes refused, want %d", refused, tape.tally.refused)
	}
	calls := map[string]uint64{}
	for _, r := range records(t, dir, "dce_rpc") {
		if r.Outcome != "accepted" && r.Outcome != "answered" {
			t.Errorf("%s %d ended %q", r.Pipe, r.Opnum, r.Outcome)
		}
		calls[fmt.Sprintf("%s %d", r.Pipe[strings.LastIndexByte(r.Pipe, '\\')+1:], r.Opnum)]++
	}
	same(t, "calls", tape.tally.calls, calls)
	if n := len(records(t, dir, "smb_mapping")); n != int(tape.tally.trees) {
		t.Errorf("%d shares, want %d", n, tape.tally.trees)
	}
	if n := len(records(t, dir, "conn")); n != int(tape.flows[isSMB]) {
		t.Errorf("%d conversations, want %d", n, tape.flows[isSMB])
	}
	pipes := uint64(0)
	for _, r := range records(t, dir, "smb_files") {
		if r.Action == "SMB::PIPE_OPEN" {
			pipes++
		}
	}
	if pipes != tape.tally.pipes {
		t.Errorf("%d pipes, want %d", pipes, tape.tally.pipes)
	}
}

// same tells what is in one count and not in the other.
func same[N int | uint64](t *testing.T, what string, want, got map[string]N) {
	t.Helper()
	if maps.Equal(want, got) {
		return
	}
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%s: %s: %d times, want %d", what, k, got[k], n)
		}
	}
	for k, n := range got {
		if want[k] == 0 {
			t.Errorf("%s: %s: %d times, want none", what, k, n)
		}
	}
}
