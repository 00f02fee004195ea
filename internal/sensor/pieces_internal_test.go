package sensor

import (
	"testing"

	"lazaret/internal/proto"
)

// deaf takes pieces and does nothing with them.
type deaf struct{ proto.Pieces }

func (deaf) At(int64, []byte) {}

func TestPiecesAllocs(t *testing.T) {
	p := newPieces(&convo{s: &shard{}}, []proto.Pieces{deaf{}, deaf{}})
	b := []byte("bytes")
	if n := testing.AllocsPerRun(100, func() { p.At(7, b) }); n != 0 {
		t.Errorf("%v allocations for a piece", n)
	}
}
