package fhir

import (
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// page is the head of a message that has nothing to do with FHIR.
func page() *proto.Entity {
	return &proto.Entity{Dir: proto.Resp, Response: true, Status: 200, Method: "GET", Target: "/app/static/js/main.4711.js?v=12&t=abc", Type: "text/javascript; charset=utf-8",
		Length: 100, Field: func(string) string { return "" }}
}

// entries opens a search and returns what gives it a hundred resources.
func entries(tb testing.TB) (give func(), size int) {
	r := Spec.New(prototest.NewFlow()).(proto.Reader)
	e := &proto.Entity{Dir: proto.Resp, Seq: 1, Response: true, Status: 200, Method: "GET", Target: "/Patient", Type: fhirJSON, Length: -1}
	if !Spec.Wants(e) {
		tb.Fatal("not wanted")
	}
	r.Open(e)
	r.Content(e, []byte(`{"resourceType":"Bundle","entry":[{}`))
	b := []byte(strings.Repeat(`,{"resource":`+patient+`}`, 100))
	r.Content(e, b)
	return func() { r.Content(e, b) }, len(b)
}

// TestAllocs holds that other traffic and the entries of a Bundle cost no allocation.
func TestAllocs(t *testing.T) {
	e := page()
	Spec.Wants(e)
	if n := testing.AllocsPerRun(100, func() { Spec.Wants(e) }); n != 0 {
		t.Errorf("%v allocations for the head of a page, want 0", n)
	}
	give, _ := entries(t)
	if n := testing.AllocsPerRun(10, give); n != 0 {
		t.Errorf("%v allocations for a hundred entries, want 0", n)
	}
}

func BenchmarkWants(b *testing.B) {
	e := page()
	b.ReportAllocs()
	for b.Loop() {
		Spec.Wants(e)
	}
}

func BenchmarkEntries(b *testing.B) {
	give, n := entries(b)
	b.SetBytes(int64(n))
	for b.Loop() {
		give()
	}
}
