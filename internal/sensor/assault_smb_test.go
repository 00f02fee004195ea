package sensor_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"testing"
	"unicode/utf16"

	"lazaret/internal/event"
	"lazaret/internal/inventory"
	"lazaret/internal/protocols"
	"lazaret/internal/prototest"
	"lazaret/internal/sensor"
)

// little appends values of little endian.
func little(b []byte, fields ...any) []byte {
	for _, f := range fields {
		switch v := f.(type) {
		case int:
			b = binary.LittleEndian.AppendUint32(b, uint32(v))
		case uint16:
			b = binary.LittleEndian.AppendUint16(b, v)
		case uint64:
			b = binary.LittleEndian.AppendUint64(b, v)
		case string:
			for _, u := range utf16.Encode([]rune(v)) {
				b = binary.LittleEndian.AppendUint16(b, u)
			}
		case []byte:
			b = append(b, v...)
		}
	}
	return b
}

// smb2 appends a message with the length of its transport (MS-SMB2 2.2.1.2).
func smb2(b []byte, cmd uint16, msg uint64, answer bool, status int, body []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(64+len(body)))
	flags := 0
	if answer {
		flags = 1
	}
	b = little(b, []byte("\xfeSMB"), uint16(64), uint16(1), status, cmd, uint16(1), flags, 0, msg, 0xfeff, 5, uint64(0x11), make([]byte, 16))
	return append(b, body...)
}

// The bodies of requests and answers, each of a handle h.
func created(b []byte, msg uint64, name string) []byte {
	n := uint16(2 * len(name))
	return smb2(b, 5, msg, false, 0, little(nil, uint16(57), uint16(0), 2, make([]byte, 16), 0x13019f, 0x80, 7, 5, 0x44, uint16(120), n, 0, 0, name))
}

func opened(b []byte, msg, h uint64) []byte {
	return smb2(b, 5, msg, true, 0, little(nil, uint16(89), uint16(0), 2, make([]byte, 48), 0x20, 0, h, h, uint64(0)))
}

func written(b []byte, msg, h, off uint64, data []byte) []byte {
	return smb2(b, 9, msg, false, 0, little(nil, uint16(49), uint16(112), len(data), off, h, h, make([]byte, 16), data))
}

func taken(b []byte, msg uint64, n int) []byte {
	return smb2(b, 9, msg, true, 0, little(nil, uint16(17), uint16(0), n, uint64(0)))
}

func wanted(b []byte, msg, h, off uint64, n int) []byte {
	return smb2(b, 8, msg, false, 0, little(nil, uint16(49), uint16(80), n, off, h, h, make([]byte, 17)))
}

func given(b []byte, msg uint64, data []byte) []byte {
	return smb2(b, 8, msg, true, 0, little(nil, uint16(17), uint16(80), len(data), uint64(0), data))
}

func shut(b []byte, msg, h uint64) []byte {
	return smb2(b, 6, msg, false, 0, little(nil, uint16(24), uint16(0), 0, h, h))
}

func closed(b []byte, msg uint64) []byte {
	return smb2(b, 6, msg, true, 0, little(nil, uint16(60), uint16(0), 0, make([]byte, 52)))
}

// shares has conversations of SMB2 whose both sides say what ask and answer append,
// for ever: number j is one operation, and all of one side are of one length. Of lost
// in each hundred both messages are missing. mute is the side that is not heard, -1 if
// both are.
func shares(conversations, lost, mute int, ask, answer func(b []byte, c, j int) []byte) func(b []byte, i int) ([]byte, event.Time) {
	var said [2][]byte
	var length [2]int
	length[0], length[1] = len(ask(nil, 0, 0)), len(answer(nil, 0, 0))
	return func(b []byte, i int) ([]byte, event.Time) {
		c, turn := i%conversations, i/conversations
		side := turn & 1
		if mute >= 0 {
			side = 1 - mute
		} else {
			turn /= 2
		}
		j := turn
		if lost > 0 {
			j += turn / (100/lost - 1)
		}
		s := client(c, 1+uint32(c), 445)
		from := [2]uint32{s.seq + 1, scatter(c+7) + 1}
		say := ask
		if side == 1 {
			say = answer
		}
		said[side] = say(said[side][:0], c, j)
		if len(said[side]) != length[side] {
			panic(fmt.Sprintf("operation %d has %d bytes instead of %d", j, len(said[side]), length[side]))
		}
		if s.seq, s.data = from[side]+uint32(j*length[side]), said[side]; side == 1 {
			s.src, s.dst, s.sport, s.dport = s.dst, s.src, s.dport, s.sport
		}
		s.flags = ack
		return s.frame(b), event.Time(i) * microsecond
	}
}

// unbound is a request of DCE/RPC for which nothing was bound.
func unbound(j int) []byte {
	return little(nil, []byte{5, 0, 0, 3, 0x10, 0, 0, 0}, uint16(40), uint16(0), j, 16, uint16(uint32(j)%7), uint16(scatter(j)%90), make([]byte, 16))
}

// windowsAssaults are those on what is kept of Windows machines.
func windowsAssaults() []assault {
	data := make([]byte, 4096)
	for i := range data {
		data[i] = byte(scatter(i))
	}
	handle := func(c, j int) uint64 { return uint64(c)<<32 | uint64(j) }
	file := func(c, j int) string { return fmt.Sprintf(`wards\ward%02d\report%09d.dat`, c%100, j) }
	pipes := []string{"svcctl", "lsarpc", "srvsvc", "wkssvc", "winreg", "netdfs"}
	return []assault{
		{name: "a million open handles", frames: 60000, large: 34, frame: shares(16, 0, -1,
			func(b []byte, c, j int) []byte { return created(b, uint64(j), file(c, j)) },
			func(b []byte, c, j int) []byte { return opened(b, uint64(j), handle(c, j)) })},
		{name: "SMB requests never answered", frames: 60000, large: 34, frame: shares(16, 0, 1,
			func(b []byte, c, j int) []byte { return created(b, uint64(j), file(c, j)) },
			func(b []byte, c, j int) []byte { return closed(b, uint64(j)) })},
		{name: "SMB answers nobody asked for", frames: 60000, large: 34, frame: shares(16, 0, 0,
			func(b []byte, c, j int) []byte { return created(b, uint64(j), file(c, j)) },
			func(b []byte, c, j int) []byte { return opened(b, uint64(j), handle(c, j)) })},
		{name: "writes of handles that nobody opened", frames: 40000, large: 20, frame: shares(16, 0, 1,
			func(b []byte, c, j int) []byte { return written(b, uint64(j), handle(c, j), 0, data[:1024]) },
			func(b []byte, c, j int) []byte { return closed(b, uint64(j)) })},
		{name: "opnums without bind", frames: 60000, large: 34, frame: shares(16, 0, -1,
			func(b []byte, c, j int) []byte {
				b = created(b, uint64(2*j), pipes[j%len(pipes)])
				return written(b, uint64(2*j+1), handle(c, j), 0, unbound(j))
			},
			func(b []byte, c, j int) []byte {
				return taken(opened(b, uint64(2*j), handle(c, j)), uint64(2*j+1), 40)
			})},
		{name: "impossible offsets", frames: 40000, large: 20, frame: shares(16, 0, -1,
			func(b []byte, c, j int) []byte {
				return written(b, uint64(j), handle(c, j/1000), 1<<(uint(j)%64)-uint64(scatter(j)%3), data[:512])
			},
			func(b []byte, c, j int) []byte { return taken(b, uint64(j), 512) })},
		{name: "files that never close", frames: 40000, large: 34, frame: shares(16, 0, -1,
			func(b []byte, c, j int) []byte {
				b = created(b, uint64(2*j), file(c, j))
				return written(b, uint64(2*j+1), handle(c, j), 0, data)
			},
			func(b []byte, c, j int) []byte {
				return taken(opened(b, uint64(2*j), handle(c, j)), uint64(2*j+1), len(data))
			})},
		{name: "pieces out of order", frames: 40000, large: 20, frame: shares(16, 0, -1,
			func(b []byte, c, j int) []byte {
				return written(b, uint64(j), handle(c, j/10000), uint64(2*(j%10000)^2)*1024, data[:1024])
			},
			func(b []byte, c, j int) []byte { return taken(b, uint64(j), 1024) })},
	}
}

// errandOf is one of the operations of files that come and go: it is opened, written,
// read and closed.
func errandOf(data []byte) (ask, answer func(b []byte, c, j int) []byte) {
	ask = func(b []byte, c, j int) []byte {
		h, m := uint64(c)<<32|uint64(j), uint64(4*j)
		b = created(b, m, fmt.Sprintf(`wards\report%09d.dat`, j))
		b = written(b, m+1, h, 0, data)
		b = wanted(b, m+2, h, 0, len(data))
		return shut(b, m+3, h)
	}
	answer = func(b []byte, c, j int) []byte {
		h, m := uint64(c)<<32|uint64(j), uint64(4*j)
		return closed(given(taken(opened(b, m, h), m+1, len(data)), m+2, data), m+3)
	}
	return ask, answer
}

// TestSoak sends ten million operations of SMB of which one side is not heard, or
// messages are lost, and holds that memory is flat: the heap of the second half is
// that of the first.
func TestSoak(t *testing.T) {
	operations, long := 40_000, os.Getenv("LAZARET_SOAK") != ""
	if long {
		operations = 10_000_000
	}
	data := make([]byte, 256)
	for i := range data {
		data[i] = byte(scatter(i))
	}
	ask, answer := errandOf(data)
	for _, a := range []assault{
		{name: "requests alone", frames: operations / 4, frame: shares(soaked, 0, 1, ask, answer)},
		{name: "answers alone", frames: operations / 4, frame: shares(soaked, 0, 0, ask, answer)},
		{name: "one in a hundred lost", frames: operations / 2, frame: shares(soaked, 1, -1, ask, answer)},
		{name: "one in five lost", frames: operations / 2, frame: shares(soaked, 20, -1, ask, answer)},
	} {
		t.Run(a.name, func(t *testing.T) { soak(t, &a, long) })
	}
}

// soaked is how many conversations say the operations of a soak: few, so that the
// tables of their shards, which fill slowly with what losses leave open, are full
// before the first half is over.
const soaked = 4

// flatSlack is what a heap may grow by and be called flat, bytes.
const flatSlack = 8 << 20

// soak runs one of them; only a long one fills what is bounded and must be flat then.
func soak(t *testing.T, a *assault, long bool) {
	cfg := sensor.DefaultConfig()
	cfg.Workers = 2
	inv := inventory.New(inventory.DefaultConfig())
	var heap []uint64
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	frame, every := a.frame, max(1, a.frames/50)
	a.frame = func(b []byte, i int) ([]byte, event.Time) {
		if i%every == every-1 {
			runtime.GC()
			metrics.Read(live)
			heap = append(heap, live[0].Value.Uint64())
		}
		return frame(b, i)
	}
	st, err := sensor.Run(cfg, &stream{a: a, n: a.frames, spare: make(chan *buffer, 16)}, sensor.Options{
		Specs: protocols.Specs, Key: prototest.Key, Emit: inv.Add,
	})
	if err != nil {
		t.Fatal(err)
	}
	if st.Panics != 0 {
		t.Errorf("panic: %s", st.Stack)
	}
	var first, second uint64
	for k, n := range heap {
		switch {
		case k < len(heap)/2:
			first = max(first, n)
		default:
			second = max(second, n)
		}
	}
	t.Logf("%d frames, heap at most %d MiB in the first half, %d MiB in the second; %d records of files", a.frames, first>>20, second>>20, st.Records["files"])
	if second > heapLimit || long && second > first+flatSlack {
		t.Errorf("the heap grew from %d to %d bytes", first, second)
	}
	if st.Records["smb"]+st.Records["smb_files"] == 0 {
		t.Error("nothing was understood")
	}
}
