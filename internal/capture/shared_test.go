package capture

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"lazaret/internal/event"
)

// manifest calls f with the path and the number of packets of every row of the
// list that comes with the shared captures.
func manifest(t *testing.T, f func(path, name, packets string)) {
	t.Helper()
	dir := shared(t)
	list, err := os.ReadFile(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		c := strings.Split(line, "\t")
		if len(c) > 6 && c[0] != "path" {
			f(filepath.Join(dir, c[0]), c[0], c[6])
		}
	}
}

// TestSharedCounts compares the number of frames with the one that capinfos gave
// when the list was made. "?" stands for files that it could not read.
func TestSharedCounts(t *testing.T) {
	files, counted, frames := 0, 0, 0
	manifest(t, func(path, name, packets string) {
		tl := Open(t.Context(), DefaultConfig(), []string{path}, Options{})
		got := drain(t, tl)
		files++
		frames += got
		want, err := strconv.Atoi(packets)
		if err != nil {
			return
		}
		counted++
		if got != want {
			t.Errorf("%s: %d frames, want %d; %v", name, got, want, tl.Faults())
		}
	})
	t.Logf("%d files, %d of them with a count, %d frames", files, counted, frames)
}

// TestSharedAsOneTimeline reads all of them at once. The order must hold between
// files: with every file's own order kept, that is that no frame stands behind a
// later one unless its own file goes backwards.
func TestSharedAsOneTimeline(t *testing.T) {
	dir := shared(t)
	files, faults := Expand(DefaultConfig(), []string{dir})
	if len(faults) > 0 {
		t.Errorf("faults %v", faults)
	}
	tl := Open(t.Context(), DefaultConfig(), files, Options{})
	all := drain(t, tl)
	single := 0
	for _, f := range files {
		single += drain(t, Open(t.Context(), DefaultConfig(), []string{f}, Options{}))
	}
	if all != single || all == 0 {
		t.Errorf("%d frames in one timeline, %d one by one", all, single)
	}
	for _, f := range tl.Faults() {
		t.Log(strings.TrimPrefix(f.Error(), dir))
	}
}

// packetReader is what both readers of pcapgo have.
type packetReader interface {
	ZeroCopyReadPacketData() ([]byte, gopacket.CaptureInfo, error)
}

// other opens a capture with pcapgo.
func other(f io.Reader) (r packetReader, link func(gopacket.CaptureInfo) layers.LinkType, err error) {
	b := bufio.NewReader(f)
	head, _ := b.Peek(4)
	switch {
	case isGzip(head):
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, nil, err
		}
		return other(z)
	case isZstd(head):
		z, err := zstd.NewReader(b)
		if err != nil {
			return nil, nil, err
		}
		return other(z)
	case isSection(head):
		ng, err := pcapgo.NewNgReader(b, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
		if err != nil {
			return nil, nil, err
		}
		return ng, func(ci gopacket.CaptureInfo) layers.LinkType {
			l, _ := ci.AncillaryData[0].(layers.LinkType)
			return l
		}, nil
	}
	p, err := pcapgo.NewReader(b)
	if err != nil {
		return nil, nil, err
	}
	return p, func(gopacket.CaptureInfo) layers.LinkType { return p.LinkType() }, nil
}

// differs are the captures in which pcapgo sees something else, and why ours is
// right, by reason.
var differs = reasons(map[string][]string{
	"a simple packet block has no time: pcapgo gives its zero time, we the time before it": {
		"24-file-formats/gopacket__pcapgo__tests__be__test010.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__be__test011.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__be__test012.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__be__test016.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__be__test018.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__be__test100.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__be__test101.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__be__test102.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__be__test201.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__be__test202.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__le__test010.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__le__test011.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__le__test012.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__le__test016.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__le__test018.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__le__test100.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__le__test101.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__le__test102.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__le__test201.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__le__test202.pcapng",
		"24-file-formats/python-pcapng__test_data__test007.ntar",
	},
	"the time stamp does not fit in 64 bits of nanoseconds: pcapgo wraps around, we report it": {
		"11-dhcp/nfstream__pcaps__dhcp_big_endian.pcapng",
		"11-dhcp/nfstream__pcaps__dhcp_little_endian.pcapng",
		"24-file-formats/PcapPlusPlus__file_heuristics__pcapng-example.pcapng.zst",
		"24-file-formats/PcapPlusPlus__pcapng-example.pcapng",
	},
	"the microseconds exceed a second: pcapgo multiplies them in 32 bits and wraps around": {
		"06-auth-ntlm-krb/Malcolm-Test-Artifacts__RADIUS.pcap",
		"11-dhcp/Malcolm-Test-Artifacts__DHCP.pcap",
		"25-malformed-fuzz/ntopng__ieee802.11_tim_ie_oobr.pcap",
		"25-malformed-fuzz/ntopng__isakmp-ikev1_n_print-oobr.pcap",
		"25-malformed-fuzz/ntopng__kday4.pcap",
		"25-malformed-fuzz/ntopng__kday7.pcap",
		"25-malformed-fuzz/ntopng__nfs-attr-oobr.pcap",
		"25-malformed-fuzz/ntopng__vrrp-vrrp_print-oobr.pcap",
		"25-malformed-fuzz/ntopng__wb-oobr.pcap",
		"25-malformed-fuzz/tcpdump__atm-oam-loopback-print-overrun.pcap",
		"25-malformed-fuzz/tcpdump__rx_serviceid_oobr.pcap",
		"25-malformed-fuzz/tcpdump__timestamp_invalid_micro.pcap",
	},
	"a negative fraction of a second: libpcap's timeval is signed, pcapgo's number is not": {
		"25-malformed-fuzz/tcpdump__timestamp_invalid_nano.pcap",
	},
	"pcapgo refuses the minor version, which changes nothing that is read here": {
		"24-file-formats/libpcap__pcap-invalid-version-2.pcap",
		"24-file-formats/libpcap__pcapng-invalid-vers-2.pcapng",
		"28-mixed-apps/suricata-verify__issue-3277-nfsv2-filestore__nfsv2.pcap",
		"28-mixed-apps/suricata-verify__nfs3-01.pcap",
	},
	"the length on the wire is below the captured one: pcapgo stops, we take the captured one for both": {
		"25-malformed-fuzz/ntopng__icmp-icmp_print-oobr-2.pcap",
		"25-malformed-fuzz/tcpdump__icmp-icmp_print-oobr-2.pcap",
		"25-malformed-fuzz/tcpdump__pim_header_asan-2.pcap",
		"25-malformed-fuzz/tcpdump__rsvp-rsvp_obj_print-oobr.pcap",
		"25-malformed-fuzz/tcpdump__slip-compressed_sl_print-oobr.pcap",
		"25-malformed-fuzz/tcpdump__slip-sliplink_print-oobr.pcap",
	},
	"pcapgo passes over a section of an unknown version in silence, we report it": {
		"24-file-formats/gopacket__pcapgo__tests__be__test901.pcapng",
		"24-file-formats/gopacket__pcapgo__tests__le__test901.pcapng",
	},
})

// reasons turns the table around: file to reason.
func reasons(by map[string][]string) map[string]string {
	m := map[string]string{}
	for why, names := range by {
		for _, name := range names {
			m[name] = why
		}
	}
	return m
}

// TestSharedAgainstPcapgo compares time, lengths, bytes and link type of every
// frame with another reader.
func TestSharedAgainstPcapgo(t *testing.T) {
	files, same := 0, 0
	manifest(t, func(path, name, _ string) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		tl := Open(t.Context(), DefaultConfig(), []string{path}, Options{})
		ours := collect(t, tl)
		r, link, err := other(f)
		if err != nil && len(ours) == 0 {
			return
		}
		files++
		why := compare(ours, tl.Faults(), r, link, err)
		switch known, ok := differs[name]; {
		case why == "":
			same++
			if ok {
				t.Errorf("%s: agrees, though the table says %q", name, known)
			}
		case !ok:
			t.Errorf("%s: %s; faults %v", name, why, tl.Faults())
		}
	})
	t.Logf("%d captures, %d the same", files, same)
}

// compare says how the frames differ from those of r, or nothing.
func compare(ours []kept, faults []Fault, r packetReader, link func(gopacket.CaptureInfo) layers.LinkType, err error) string {
	if err != nil {
		return "pcapgo: " + err.Error()
	}
	for i := 0; ; i++ {
		data, ci, err := r.ZeroCopyReadPacketData()
		if err != nil {
			if i != len(ours) {
				return "pcapgo stops after " + strconv.Itoa(i) + " of " + strconv.Itoa(len(ours)) + " frames: " + err.Error()
			}
			if ended := errors.Is(err, io.EOF); ended != (len(faults) == 0) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return "pcapgo ends with " + err.Error()
			}
			return ""
		}
		if i >= len(ours) {
			return "pcapgo has more frames than " + strconv.Itoa(i)
		}
		o := ours[i]
		at := event.Time(ci.Timestamp.UnixNano())
		if o.Data != string(data) || o.Len != max(ci.Length, ci.CaptureLength) || o.Time != at || layers.LinkType(o.Link) != link(ci) {
			return "frame " + strconv.Itoa(i+1) + ": pcapgo has time " + strconv.FormatInt(int64(at), 10) + " lengths " +
				strconv.Itoa(len(data)) + "/" + strconv.Itoa(ci.Length) + " link " + strconv.Itoa(int(link(ci))) +
				", ours " + strconv.FormatInt(int64(o.Time), 10) + " " + strconv.Itoa(len(o.Data)) + "/" + strconv.Itoa(o.Len) +
				" link " + strconv.Itoa(int(o.Link))
		}
	}
}
