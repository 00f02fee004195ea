package http

import (
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// mute is a flow that drops everything, so that only the analyzer is measured.
type mute struct {
	proto.Flow
	records int
}

func (f *mute) Now() event.Time                 { return 1 }
func (f *mute) Conn() *event.Conn               { return nil }
func (f *mute) SrcMAC() netid.MAC               { return netid.MAC{} }
func (f *mute) Emit(event.Time, event.Payload)  { f.records++ }
func (f *mute) Weird(string, int)               {}
func (f *mute) Pseudonym(string, []byte) string { return "00000000000000000000000000000000" }
func (f *mute) Blind(string)                    {}
func (f *mute) Flip() bool                      { return false }
func (f *mute) Hand(proto.Dir, []byte, string)  {}
func (f *mute) Offer(*proto.Entity) proto.Taker { return nil }

var (
	benchRequest = []byte("GET /instances/preview?quality=80&limit=20 HTTP/1.1\r\nHost: pacs.example:8042\r\nConnection: keep-alive\r\n" +
		"User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\r\n" +
		"Accept: image/avif,image/webp,*/*;q=0.8\r\nReferer: http://pacs.example:8042/app/explorer.html\r\nAccept-Encoding: gzip, deflate\r\n" +
		"Accept-Language: de-DE,de;q=0.9\r\nCookie: session=x\r\n\r\n")
	benchBody     = strings.Repeat("x", 8000)
	benchResponse = []byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nServer: nginx/1.26.3\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\nContent-Type: image/png\r\n"+
		"Content-Length: %d\r\nConnection: keep-alive\r\nETag: \"65\"\r\n\r\n%s", len(benchBody), benchBody))
)

func TestAllocs(t *testing.T) {
	f := &mute{}
	a := newAnalyzer(f)
	// The record, and a string and a list of names for each head. The least of
	// many counts, because the collector, and the race detector, may take headers
	// out of the pool.
	least := 1000.0
	for range 100 {
		least = min(least, testing.AllocsPerRun(1, func() {
			a.Parse(proto.Orig, benchRequest)
			a.Parse(proto.Resp, benchResponse)
		}))
	}
	if least > 5 {
		t.Errorf("allocations per exchange = %v, want at most 5", least)
	}
	a.Parse(proto.Orig, []byte("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"))
	chunk := []byte("1f40\r\n" + benchBody + "\r\n")
	if n := testing.AllocsPerRun(500, func() { a.Parse(proto.Orig, chunk) }); n != 0 {
		t.Errorf("allocations per chunk = %v, want 0", n)
	}
	if f.records == 0 {
		t.Error("nothing was told")
	}
}

func BenchmarkExchange(b *testing.B) {
	a := newAnalyzer(&mute{})
	b.SetBytes(int64(len(benchRequest) + len(benchResponse)))
	b.ReportAllocs()
	for b.Loop() {
		a.Parse(proto.Orig, benchRequest)
		a.Parse(proto.Resp, benchResponse)
	}
}

// BenchmarkClinical is the same with an address whose values become marks.
func BenchmarkClinical(b *testing.B) {
	a := newAnalyzer(&mute{})
	request := []byte(strings.Replace(string(benchRequest), "/instances/preview?quality=80&limit=20", "/dicom-web/studies/1.2.840.1.99.7/series?PatientID=1", 1))
	b.ReportAllocs()
	for b.Loop() {
		a.Parse(proto.Orig, request)
		a.Parse(proto.Resp, benchResponse)
	}
}

func BenchmarkOneByteSegments(b *testing.B) {
	b.SetBytes(int64(len(benchRequest)))
	for b.Loop() {
		a := newAnalyzer(&mute{})
		buf := benchRequest
		for n := 1; n <= len(buf); n++ {
			if p, _ := a.Parse(proto.Orig, buf[:n]); p.Done > 0 {
				buf, n = buf[min(p.Done, len(buf)):], 0
			}
		}
	}
}

func BenchmarkProbe(b *testing.B) {
	other := []byte("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
	for b.Loop() {
		if probe(proto.Orig, other) != proto.No || probe(proto.Orig, benchRequest) != proto.Yes {
			b.Fatal("wrong")
		}
	}
}
