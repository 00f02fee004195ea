package files

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"

	"lazaret/internal/event"
	"lazaret/internal/kinship"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// name is how pieces of one file find it: the carrier's key and the two hosts.
type name struct {
	a, b netid.IP
	key  string
}

// keeper has the files of one shard, the one that was quiet longest first.
type keeper struct {
	k          proto.Keeping
	named      map[name]*file
	head, tail *file
	used       int // bytes
	now        event.Time
	number     uint64 // of files so far
	sketcher   *kinship.Sketcher
}

// Open implements proto.Keeper.
func (k *keeper) Open(f proto.Flow, info *proto.File) proto.Pieces {
	k.now = max(k.now, f.Now())
	conn := f.Conn()
	if conn == nil {
		return nil
	}
	var by name
	if info.Key != "" {
		by = name{conn.Orig.IP, conn.Resp.IP, info.Key}
		if conn.Orig.IP.Compare(conn.Resp.IP) > 0 {
			by.a, by.b = by.b, by.a
		}
		if old := k.named[by]; old != nil && !old.told {
			old.join(conn, info)
			k.touch(old)
			return &carrier{f: old, flow: f}
		}
	}
	n := &file{k: k, info: *info, name: by, conn: conn, last: k.now, open: 1, size: info.Size, limit: int64(k.k.Head)}
	if n.size < 0 {
		n.size = -1
	}
	k.number++
	n.fuid = fuid(conn.UID, k.number)
	if !k.room(fileCost) {
		return nil // one file alone is more than the bound
	}
	k.push(n)
	k.spend(n, fileCost)
	if info.Key != "" {
		k.named[by] = n
	}
	return &carrier{f: n, flow: f}
}

// join goes on with a file from another carrier.
func (f *file) join(conn *event.Conn, info *proto.File) {
	f.open++
	if f.size < 0 {
		f.size = info.Size
	}
	if conn == f.conn || len(f.conns) >= maxConns {
		return
	}
	for _, uid := range f.conns {
		if uid == conn.UID {
			return
		}
	}
	f.conns = append(f.conns, conn.UID)
}

// fuid makes the identity of a file: Zeek's form, the same in every replay.
func fuid(uid string, n uint64) string {
	h := sha256.New()
	h.Write([]byte(uid))
	h.Write(binary.BigEndian.AppendUint64(nil, n))
	return "F" + new(big.Int).SetBytes(h.Sum(nil)[:12]).Text(62)
}

// room says whether n more bytes fit, when files that are quiet are told and let go.
func (k *keeper) room(n int) bool {
	if n > k.k.Memory/2 {
		return false
	}
	for k.used+n > k.k.Memory && k.head != nil && k.head != k.tail {
		k.head.tell(true)
	}
	return k.used+n <= k.k.Memory
}

func (k *keeper) spend(f *file, n int) {
	if !f.told {
		f.cost += n
		k.used += n
	}
}

func (k *keeper) push(f *file) {
	f.prev, f.after = k.tail, nil
	if k.tail == nil {
		k.head = f
	} else {
		k.tail.after = f
	}
	k.tail = f
}

func (k *keeper) remove(f *file) {
	if f.prev == nil {
		k.head = f.after
	} else {
		f.prev.after = f.after
	}
	if f.after == nil {
		k.tail = f.prev
	} else {
		f.after.prev = f.prev
	}
	f.prev, f.after = nil, nil
}

// touch moves a file to the end of the list.
func (k *keeper) touch(f *file) {
	if k.tail != f {
		k.remove(f)
		k.push(f)
	}
}

// Advance implements proto.Keeper: files that nobody has open wait for more pieces
// only so long.
func (k *keeper) Advance(now event.Time) {
	k.now = max(k.now, now)
	for f := k.head; f != nil; {
		after := f.after
		if k.now.Sub(f.last) < k.k.Wait {
			return
		}
		if f.open == 0 {
			f.tell(false)
		}
		f = after
	}
}

// Flush implements proto.Keeper.
func (k *keeper) Flush() {
	for k.head != nil {
		k.head.tell(false)
	}
}

// carrier is what one conversation gives of a file.
type carrier struct {
	f      *file
	flow   proto.Flow
	closed bool
}

// At implements proto.Pieces.
func (c *carrier) At(off int64, b []byte) {
	if c.closed || c.f.told {
		return
	}
	c.f.k.now = max(c.f.k.now, c.flow.Now())
	c.f.k.touch(c.f)
	c.f.at(off, b)
}

// Missing implements proto.Pieces.
func (c *carrier) Missing(off, n int64) {
	if !c.closed {
		c.f.lost(off, n)
	}
}

// Refused implements proto.Pieces.
func (c *carrier) Refused(_, n int64) {
	if !c.closed {
		c.f.refused += max(n, 0)
	}
}

// Sized implements proto.Pieces.
func (c *carrier) Sized(n int64) {
	if !c.closed && n >= 0 {
		c.f.size = n
	}
}

// Close implements proto.Pieces. A file that others may bring more of waits if it is
// not whole.
func (c *carrier) Close(whole bool) {
	if c.closed {
		return
	}
	c.closed = true
	f := c.f
	if f.told {
		return
	}
	f.open--
	f.ended = f.ended || whole
	if f.open == 0 && (f.info.Key == "" || f.complete()) {
		f.tell(false)
	}
}

// complete says whether every byte of the file was seen.
func (f *file) complete() bool {
	if f.size >= 0 {
		return f.seen.whole(f.size)
	}
	return f.ended && f.missing == 0 && f.seen.whole(f.seen.end())
}
