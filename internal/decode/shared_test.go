package decode

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/pcapgo"

	"lazaret/internal/capture"
	"lazaret/internal/event"
)

// sharedDir gives ../shared/<name> beside the repository, or skips the test.
func sharedDir(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the package")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no shared/%s beside the repository", name)
	}
	return dir
}

// sharedFiles lists the captures of one folder of shared/pcaps.
func sharedFiles(t testing.TB, folder string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(sharedDir(t, "pcaps"), folder, "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no captures in %s: %v", folder, err)
	}
	return names
}

// readCapture gives the frames of a capture up to its first fault; a file that
// is no capture has none.
func readCapture(t testing.TB, name string) []capture.Frame {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil
		}
		raw, err = io.ReadAll(z)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
	}
	if len(raw) >= 4 && binary.BigEndian.Uint32(raw) == 0x0a0d0d0a {
		return readNG(raw)
	}
	r, err := pcapgo.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil
	}
	r.SetSnaplen(1 << 18)
	var out []capture.Frame
	for {
		b, ci, err := r.ReadPacketData()
		if err != nil {
			return out
		}
		out = append(out, toFrame(b, ci, len(out), capture.LinkType(r.LinkType())))
	}
}

func readNG(raw []byte) []capture.Frame {
	r, err := pcapgo.NewNgReader(bufio.NewReader(bytes.NewReader(raw)), pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
	if err != nil {
		return nil
	}
	var out []capture.Frame
	for {
		b, ci, err := r.ReadPacketData()
		if err != nil {
			return out
		}
		link := r.LinkType()
		if i, err := r.Interface(ci.InterfaceIndex); err == nil {
			link = i.LinkType
		}
		out = append(out, toFrame(b, ci, len(out), capture.LinkType(link)))
	}
}

func toFrame(b []byte, ci gopacket.CaptureInfo, i int, link capture.LinkType) capture.Frame {
	return capture.Frame{Time: event.Time(ci.Timestamp.UnixNano()), Index: uint64(i + 1), Data: b, Len: ci.Length, Link: link}
}
