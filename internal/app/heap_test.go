package app

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

func TestHeapKeeper(t *testing.T) {
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
