package reading

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// The limit is the target while little is in use, and always leaves room above
// what is in use: else one collection would follow the other.
func TestHeapLimit(t *testing.T) {
	for _, tc := range []struct{ target, live, want int64 }{
		{160 << 20, 0, 160 << 20},
		{160 << 20, 100 << 20, 160 << 20},
		{160 << 20, 256 << 20, 304 << 20},
		{1, 0, 16 << 20},
	} {
		if got := heapLimit(tc.target, tc.live); got != tc.want {
			t.Errorf("target %d, live %d: limit %d, want %d", tc.target, tc.live, got, tc.want)
		}
	}
}

// A small heap may grow to a fifth of the target, a large one to twice its size.
func TestHeapPercent(t *testing.T) {
	for _, tc := range []struct {
		target, live int64
		want         int
	}{
		{160 << 20, 0, 800},
		{160 << 20, 1 << 20, 800},
		{160 << 20, 8 << 20, 300},
		{160 << 20, 20 << 20, 100},
		{160 << 20, 256 << 20, 100},
	} {
		if got := heapPercent(tc.target, tc.live); got != tc.want {
			t.Errorf("target %d, live %d: %d %%, want %d", tc.target, tc.live, got, tc.want)
		}
	}
}

func TestHeapKeeper(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	old := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(old)
	k := keepHeap(32 << 20)
	big := make([]byte, 64<<20)
	big[1<<20] = 1
	runtime.GC()
	k.adjust()
	k.close()
	if got := debug.SetMemoryLimit(-1); got < 64<<20 {
		t.Errorf("with 64 MiB in use the limit is %d bytes", got)
	}
	runtime.KeepAlive(big)
	if keepHeap(0) != nil {
		t.Error("a target of 0 is watched")
	}
	(*heapKeeper)(nil).close()
}
