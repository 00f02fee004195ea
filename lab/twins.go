package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"io"
	"os"
)

// twinWindow is how far apart, in microseconds, two copies of one frame can
// be when a recorder hears it on two ports. A real retransmission waits for
// longer than that.
const twinWindow = 500

// noTwins reads a little-endian microsecond pcap and fails when IPv4 frames
// with a running identification appear twice within twinWindow. It looks at
// record headers and whole frames as bytes, and parses no protocol.
func noTwins(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	var head [24]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return fmt.Errorf("%s: no pcap header: %w", path, err)
	}
	if binary.LittleEndian.Uint32(head[:]) != 0xa1b2c3d4 {
		return fmt.Errorf("%s: not a little-endian microsecond pcap", path)
	}
	seed := maphash.MakeSeed()
	last := map[uint64]int64{}
	var total, twins int
	for {
		var rec [16]byte
		if _, err := io.ReadFull(r, rec[:]); err == io.EOF {
			break
		} else if err != nil {
			return fmt.Errorf("%s: record %d: %w", path, total, err)
		}
		b := make([]byte, binary.LittleEndian.Uint32(rec[8:]))
		if _, err := io.ReadFull(r, b); err != nil {
			return fmt.Errorf("%s: record %d: %w", path, total, err)
		}
		total++
		us := int64(binary.LittleEndian.Uint32(rec[0:]))*1e6 + int64(binary.LittleEndian.Uint32(rec[4:]))
		sum := maphash.Bytes(seed, b)
		if t, ok := last[sum]; ok && us-t < twinWindow {
			twins++
		}
		last[sum] = us
	}
	// A client that asks the same thing twice at once is possible, a bridge
	// heard twice doubles everything.
	if twins*100 > total {
		return fmt.Errorf("%s: %d of %d frames appear twice", path, twins, total)
	}
	return nil
}
