package dicom

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/prototest"
)

// stores is an association in which n objects of the given size are stored,
// with a C-ECHO behind them.
func stores(n, size int) []prototest.Segment {
	segs := opened(explicitLE, ctStorage, verificationUID)
	object := ctObject(explicitLE, size)
	for i := range n {
		segs = append(segs, from(orig, send(1, frag, storeRQ(i+1), object)), from(resp, send(1, frag, storeRSP(i+1, 0), nil)))
	}
	return join(segs, []prototest.Segment{
		from(orig, send(3, frag, rq(0x30, 99, verificationUID, false), nil)),
		from(resp, send(3, frag, rsp(0x30, 99, verificationUID, 0, false), nil)),
	}, released())
}

// ids lists command and message id of the operations with a status.
func ids(f *prototest.Flow) []string {
	var out []string
	for _, r := range f.Records {
		if p, ok := r.Body.(*Operation); ok && p.Status.OK {
			out = append(out, fmt.Sprint(p.Command, p.MessageID.V))
		}
	}
	return out
}

// TestGapAnywhere loses, at every byte of the request stream in turn, runs of
// several lengths. Whatever is lost, the answers tell of every operation, the
// release ends the association, and nothing is invented.
func TestGapAnywhere(t *testing.T) {
	whole := stores(3, 2000)
	want := []string{"C-STORE1", "C-STORE2", "C-STORE3", "C-ECHO99"}
	for k, seg := range whole {
		if seg.Dir != orig || k == 0 {
			continue
		}
		for _, n := range []int{1, 5, 12, 700, 4098} {
			for at := 0; at+n <= len(seg.Data); at += 1 + at/100 {
				segs := slices.Concat(whole[:k], []prototest.Segment{
					{Dir: orig, Data: seg.Data[:at]}, lost(orig, n), {Dir: orig, Data: seg.Data[at+n:]}}, whole[k+1:])
				f := prototest.Feed(&Spec, segs)
				if got := ids(f); !slices.Equal(got, want) {
					t.Fatalf("segment %d, %d bytes lost at %d: operations %v, weirds %v", k, n, at, got, f.Weirds)
				}
				as := f.Records[len(f.Records)-1].Body.(*Association)
				if as.End != "released" || as.Ops != 4 {
					t.Fatalf("segment %d, %d bytes lost at %d: %s", k, n, at, f.JSON())
				}
				for _, w := range f.Weirds {
					if w != "pdu_border_lost" && w != "dataset_without_command" {
						t.Fatalf("segment %d, %d bytes lost at %d: %v", k, n, at, f.Weirds)
					}
				}
			}
		}
	}
}

// TestGapInBulk loses bytes of pixels: that costs nothing at all.
func TestGapInBulk(t *testing.T) {
	segs := stores(1, 30000)
	store := segs[2].Data
	want := content(prototest.Feed(&Spec, segs))
	const inPixels = 20000 // within the data of the fifth P-DATA-TF of the object
	got := prototest.Feed(&Spec, slices.Concat(segs[:2], []prototest.Segment{
		{Dir: orig, Data: store[:inPixels]}, lost(orig, 500), {Dir: orig, Data: store[inPixels+500:]}}, segs[3:]))
	if content(got) != want {
		t.Errorf("got\n%s\nwant\n%s", content(got), want)
	}
}

// TestGapResumes loses the border of a PDU in the middle of an object: the next
// border is found and the operation behind it is read in full.
func TestGapResumes(t *testing.T) {
	segs := stores(2, 30000)
	store := segs[2].Data
	// The headers of the P-DATA-TF behind the command and the first fragment.
	border := 6 + int(binary.BigEndian.Uint32(store[2:]))
	border += 6 + int(binary.BigEndian.Uint32(store[border+2:]))
	f := prototest.Feed(&Spec, slices.Concat(segs[:2], []prototest.Segment{
		{Dir: orig, Data: store[:border-100]}, lost(orig, 200), {Dir: orig, Data: store[border+100:]}}, segs[3:]))
	first, second := f.Records[0].Body.(*Operation), f.Records[1].Body.(*Operation)
	as := f.Records[3].Body.(*Association)
	if first.Status.V != 0 || second.Model != "Somatic 64" || second.Bytes != uint64(len(ctObject(explicitLE, 30000))) {
		t.Errorf("operations: %s", f.JSON())
	}
	// The first hundred lie in bytes that were passed over and cost nothing.
	if as.Missed == 0 || as.Missed > 200 || !slices.Equal(f.Weirds, []string{"pdu_border_lost"}) {
		t.Errorf("missed %d, weirds %v", as.Missed, f.Weirds)
	}
}

// TestGapInNegotiation loses part of a request: what came before it stays, and
// the association goes on.
func TestGapInNegotiation(t *testing.T) {
	segs := stores(1, 3000)
	rq := segs[0].Data
	for at := borderMax; at+20 < len(rq); at += 7 {
		f := prototest.Feed(&Spec, slices.Concat([]prototest.Segment{
			{Dir: orig, Data: rq[:at]}, lost(orig, 20), {Dir: orig, Data: rq[at+20:]}}, segs[1:]))
		as := f.Records[len(f.Records)-1].Body.(*Association)
		if as.Result != "accepted" || as.Ops != 2 || as.End != "released" || as.Missed != 20 {
			t.Fatalf("lost at %d: %s %v", at, f.JSON(), f.Weirds)
		}
		if at >= 42 && as.Calling != "CT1" {
			t.Fatalf("lost at %d: calling %q", at, as.Calling)
		}
	}
}

// TestCutShort ends every conversation at every byte of its last segments.
func TestCutShort(t *testing.T) {
	for _, s := range scenarios() {
		for k, seg := range s.segs {
			for n := 0; n < len(seg.Data); n += 1 + n/20 {
				f := prototest.Feed(&Spec, slices.Concat(s.segs[:k], []prototest.Segment{{Dir: seg.Dir, Data: seg.Data[:n]}}))
				for _, w := range f.Weirds {
					if strings.HasPrefix(w, "error:") {
						t.Fatalf("%s cut in segment %d at %d: %v", s.name, k, n, f.Weirds)
					}
				}
			}
		}
	}
}

// TestSearchIsBounded gives a flow up in which no border comes any more.
func TestSearchIsBounded(t *testing.T) {
	segs := join(opened(explicitLE, ctStorage), []prototest.Segment{lost(orig, 100)})
	junk := make([]byte, 1<<20)
	for i := range junk {
		junk[i] = byte(i)
	}
	for range maxScan/len(junk) + 1 {
		segs = append(segs, from(orig, junk))
	}
	f := prototest.Feed(&Spec, segs)
	if !slices.Contains(f.Weirds, "error:"+errBorder) {
		t.Errorf("weirds %v, want the flow given up", f.Weirds)
	}
	if len(f.Records) != 1 {
		t.Errorf("%d records, want the association", len(f.Records))
	}
}
