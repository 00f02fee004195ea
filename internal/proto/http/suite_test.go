package http

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

func TestGolden(t *testing.T) { prototest.Golden(t, &Spec, "web") }
func TestStream(t *testing.T) { prototest.Stream(t, &Spec, "web") }

// talk is a conversation with most of what a head can announce.
func talk() *prototest.Talk {
	c := &prototest.Talk{}
	id := prototest.NewFlow().ID
	c.Orig, c.Resp = id.Orig, id.Resp
	c.Resp.Port = 80
	z := zipped("content that was coded, and then some more of it, and again some more of it")
	c.Said = append(said(
		">GET /index.html?x=1 HTTP/1.1\nHost: h\nUser-Agent: test/1\n\n",
		"<HTTP/1.1 200 OK\nServer: s/1\nContent-Length: 3000\n\n"+string(make([]byte, 3000)),
		">POST /upload HTTP/1.1\nHost: h\nExpect: 100-continue\nTransfer-Encoding: chunked\n\n",
		"<HTTP/1.1 100 Continue\n\n",
		">8;x=y\n12345678\n3\nabc\n0\nT: u\n\n",
		"<HTTP/1.1 201 Created\nTransfer-Encoding: chunked\n\n4\nabcd\n0\n\n",
		">HEAD /a HTTP/1.1\nHost: h\n\nGET /b HTTP/1.1\nHost: h\n\n",
		"<HTTP/1.1 200 OK\nContent-Length: 77\n\nHTTP/1.1 304 Not Modified\n\n",
		">GET /fhir/Patient/77 HTTP/1.1\nHost: h\n\n",
	), raw(proto.Resp, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(z), z)))
	c.Said = append(c.Said, said(">GET /end HTTP/1.1\nConnection: close\n\n", "<HTTP/1.1 200 OK\n\nuntil the end")...)
	return c
}

// TestCuts sends the conversation through the whole sensor in many cuts, with
// packets out of order and repeated, and on a strange port.
func TestCuts(t *testing.T) {
	c := talk()
	records, st := prototest.Run(t, c.Frames(nil), &Spec)
	want := prototest.Still(prototest.JSON(records, &Spec))
	if len(records) < 6 || len(st.Weirds) > 0 {
		t.Fatalf("weird %v, records %s", st.Weirds, want)
	}
	same := func(how string, list []capture.Frame) {
		t.Helper()
		got, _ := prototest.Run(t, list, &Spec)
		if s := prototest.Still(prototest.JSON(got, &Spec)); s != want {
			t.Errorf("%s:\n%s\nwant\n%s", how, s, want)
		}
	}
	same("byte by byte", c.Frames([]int{1}))
	for n := range 30 {
		r := rand.New(rand.NewPCG(uint64(n), 7))
		sizes := []int{1 + r.IntN(1<<(1+n%11)), 1 + r.IntN(50), 1 + r.IntN(1400)}
		same(fmt.Sprintf("cut %d", n), prototest.Shuffle(c.Frames(sizes), r))
	}
	strange := *c
	strange.Resp.Port, strange.Orig.Port = 49999, 50123
	same("on a strange port", strange.Frames(nil))
}

// TestLosses takes packets out one by one: never a panic, and never more records
// than exchanges and their halves.
func TestLosses(t *testing.T) {
	list := talk().Frames([]int{300})
	for i := 3; i < len(list)-3; i++ {
		lossy := append(append([]capture.Frame(nil), list[:i]...), list[i+1:]...)
		for k := range lossy {
			lossy[k].Index = uint64(k + 1)
		}
		got, _ := prototest.Run(t, lossy, &Spec)
		if len(got) > 16 {
			t.Errorf("without packet %d there are %d records", i, len(got))
		}
	}
}

// TestPairing loses packets of a client that waits for each answer: after the loss
// of one, no answer may be given to another request. When both directions lose
// something at the same place nothing tells which of two it was; then pairs must be
// found again at once.
func TestPairing(t *testing.T) {
	c := talk()
	c.Said = nil
	for code := 200; code < 224; code++ {
		c.Said = append(c.Said, said(fmt.Sprintf(">GET /%d HTTP/1.1\nHost: h\n\n", code), fmt.Sprintf("<HTTP/1.1 %d x\nContent-Length: 4\n\nbody", code))...)
	}
	for i, s := range c.Said {
		c.Said[i].Data = bytes.ReplaceAll(s.Data, []byte("204 x\r\nContent-Length: 4\r\n\r\nbody"), []byte("204 x\r\n\r\n"))
	}
	list := c.Frames(nil)
	for n := 1; n <= 3; n++ {
		for i := 4; i+n < len(list)-4; i++ {
			lossy := append(append([]capture.Frame(nil), list[:i]...), list[i+n:]...)
			for k := range lossy {
				lossy[k].Index = uint64(k + 1)
			}
			got, _ := prototest.Run(t, lossy, &Spec)
			right, wrong := 0, 0
			for _, r := range got {
				x, ok := r.Body.(*Exchange)
				switch {
				case !ok || x.Method == "" || !x.Status.OK:
				case x.URI == fmt.Sprintf("/%d", x.Status.V):
					right++
				default:
					wrong++
				}
			}
			if n == 1 && wrong > 0 || wrong > 2 || right < 12 {
				t.Errorf("without packets %d to %d: %d pairs right, %d wrong", i, i+n-1, right, wrong)
			}
		}
	}
}

// FuzzConversation feeds arbitrary bytes: no panic, no broken promise, and the
// same records however the bytes are cut, with and without somebody who takes the
// content.
func FuzzConversation(f *testing.F) {
	var both [2][]byte
	for _, s := range talk().Said {
		both[s.Dir] = append(both[s.Dir], s.Data...)
	}
	f.Add(both[0], both[1], uint16(3))
	for _, c := range conversations {
		var b [2][]byte
		for _, s := range c.said {
			b[s.Dir] = append(b[s.Dir], s.Data...)
		}
		f.Add(b[0], b[1], uint16(5))
	}
	f.Fuzz(func(t *testing.T, orig, resp []byte, cut uint16) {
		in := []prototest.Segment{raw(proto.Orig, string(orig)), raw(proto.Resp, string(resp))}
		sizes := []int{1 + int(cut)%97, 1 + int(cut)/97}
		for _, take := range []bool{false, true} {
			whole, pieces := feed(in, take), feed(prototest.Recut(in, sizes), take)
			if a, b := prototest.Still(whole.JSON()), prototest.Still(pieces.JSON()); a != b {
				t.Errorf("records depend on the cut:\n%s\n%s", a, b)
			}
			for i := range whole.Offered {
				if i >= len(pieces.Offered) || string(whole.Offered[i].Body) != string(pieces.Offered[i].Body) {
					t.Fatalf("content %d depends on the cut", i)
				}
			}
		}
		feed([]prototest.Segment{in[0], {Dir: proto.Orig, Lost: 1 + int(cut)}, in[1], raw(proto.Orig, string(resp)), {Dir: proto.Resp, Lost: 1 + int(cut)}, in[1]}, cut%2 == 0)
	})
}

// TestDiscreet looks for the invented patients and secrets of the lab in all
// records. The user of the web server is no secret.
func TestDiscreet(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(prototest.Lab, "web.truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth struct {
		Canaries []struct{ Kind, Value string }
	}
	if err := json.Unmarshal(b, &truth); err != nil || len(truth.Canaries) < 5 {
		t.Fatal(len(truth.Canaries), err)
	}
	records, _ := prototest.Run(t, prototest.Load(t, filepath.Join(prototest.Lab, "web.pcap.zst")), &Spec)
	for _, c := range truth.Canaries {
		if leaks := prototest.Leaks(records, []string{c.Value}); c.Kind != "user" && len(leaks) > 0 {
			t.Errorf("the %s is in a record", c.Kind)
		}
	}
}
