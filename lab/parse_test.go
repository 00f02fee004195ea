package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// moveLog has the lines of a dcmtk log that matter, in their order.
const moveLog = `D: ====================== BEGIN A-ASSOCIATE-RQ =====================
D: Our Implementation Class UID:      1.2.276.0.7230010.3.0.3.6.7
D: Our Implementation Version Name:   OFFIS_DCMTK_367
D: Their Implementation Class UID:    
D: Calling Application Name:    WS
D: Called Application Name:     PACS
D: Our Max PDU Receive Size:    16384
D: Their Max PDU Receive Size:  0
D:   Context ID:        1 (Proposed)
D:     Abstract Syntax: =MOVEStudyRootQueryRetrieveInformationModel
D: Requested User Identity Negotiation:
D:   Authentication mode 2: Username/Password
D: ======================= END A-ASSOCIATE-RQ ======================
D: ====================== BEGIN A-ASSOCIATE-AC =====================
D: Their Implementation Class UID:    1.2.3
D: Their Implementation Version Name: OTHER
D: Their Max PDU Receive Size:  32768
D:   Context ID:        1 (Accepted)
D:     Accepted Transfer Syntax: =LittleEndianExplicit
D: ======================= END A-ASSOCIATE-AC ======================
I: Association Accepted (Max Send PDV: 16372)
D: ===================== OUTGOING DIMSE MESSAGE ====================
D: Message Type                  : C-MOVE RQ
D: Message ID                    : 1
D: Affected SOP Class UID        : MOVEStudyRootQueryRetrieveInformationModel
D: Move Destination              : WS
D: ======================= END DIMSE MESSAGE =======================
D: ===================== INCOMING DIMSE MESSAGE ====================
D: Message Type                  : C-MOVE RSP
D: Presentation Context ID       : 1
D: Message ID Being Responded To : 1
D: Completed Suboperations       : 1
D: DIMSE Status                  : 0xff00: Pending
D: ======================= END DIMSE MESSAGE =======================
D: ===================== INCOMING DIMSE MESSAGE ====================
D: Message Type                  : C-MOVE RSP
D: Presentation Context ID       : 1
D: Message ID Being Responded To : 1
D: Completed Suboperations       : 2
D: Failed Suboperations          : none
D: DIMSE Status                  : 0xA702: Refused
D: ======================= END DIMSE MESSAGE =======================
I: Releasing Association
`

func TestDcmtkLogOfAMove(t *testing.T) {
	got := parseDcmtk(moveLog, false)
	if len(got) != 1 {
		t.Fatalf("%d associations, want 1", len(got))
	}
	a := *got[0]
	ops := a.Operations
	a.Operations = nil
	want := Association{Calling: "WS", Called: "PACS", Result: "accepted",
		ClientImpl: "1.2.276.0.7230010.3.0.3.6.7", ClientVersion: "OFFIS_DCMTK_367", ServerImpl: "1.2.3", ServerVersion: "OTHER",
		ClientMaxPDU: 16384, ServerMaxPDU: 32768, ContextsOffered: 1, ContextsAccepted: 1, UserIdentity: "username/password"}
	if !equalAssociation(a, want) {
		t.Errorf("association\n got %+v\nwant %+v", a, want)
	}
	op := Operation{Command: "C-MOVE", SOPClass: "1.2.840.10008.5.1.4.1.2.2.2", SOPClassName: "MOVEStudyRootQueryRetrieveInformationModel",
		TransferSyntax: "LittleEndianExplicit", By: "client", Status: "0xa702", Pending: 1, MoveDest: "WS", Completed: 2, Count: 1}
	if !slices.Equal(ops, []Operation{op}) {
		t.Errorf("operations\n got %+v\nwant %+v", ops, op)
	}
}

// equalAssociation compares what parseDcmtk sets apart from operations.
func equalAssociation(a, b Association) bool {
	return a.Calling == b.Calling && a.Called == b.Called && a.Result == b.Result &&
		a.ClientImpl == b.ClientImpl && a.ClientVersion == b.ClientVersion &&
		a.ServerImpl == b.ServerImpl && a.ServerVersion == b.ServerVersion &&
		a.ClientMaxPDU == b.ClientMaxPDU && a.ServerMaxPDU == b.ServerMaxPDU &&
		a.ContextsOffered == b.ContextsOffered && a.ContextsAccepted == b.ContextsAccepted &&
		a.UserIdentity == b.UserIdentity
}

// In the log of an acceptor "our" side is the server, and requests come in.
func TestDcmtkLogOfAServer(t *testing.T) {
	log := strings.NewReplacer("OUTGOING", "INCOMING", "INCOMING", "OUTGOING").Replace(moveLog)
	a := parseDcmtk(log, true)[0]
	if a.ServerVersion != "OFFIS_DCMTK_367" || a.ClientVersion != "OTHER" {
		t.Errorf("client %q server %q", a.ClientVersion, a.ServerVersion)
	}
	if len(a.Operations) != 1 || a.Operations[0].By != "client" || a.Operations[0].Status != "0xa702" {
		t.Errorf("operations %+v", a.Operations)
	}
}

func TestDcmtkLogRejection(t *testing.T) {
	head, _, _ := strings.Cut(moveLog, "D: ====================== BEGIN A-ASSOCIATE-AC")
	a := parseDcmtk(head+"F: Association Rejected:\nF: Result: Rejected Permanent, Source: Service User\nF: Reason: Called AE Title Not Recognized\n", false)[0]
	if a.Result != "rejected" || !strings.Contains(a.Reject, "Called AE Title Not Recognized") {
		t.Errorf("got %q, %q", a.Result, a.Reject)
	}
}

func TestEqualOperationsFold(t *testing.T) {
	var a Association
	store := Operation{Command: "C-STORE", SOPClass: "1.2", Status: "0x0000"}
	a.addOp(store)
	a.addOps(store, 3)
	failed := store
	failed.Status = "0xa700"
	a.addOp(failed)
	a.addOp(store)
	var counts []int
	for _, o := range a.Operations {
		counts = append(counts, o.Count)
	}
	if !slices.Equal(counts, []int{4, 1, 1}) {
		t.Errorf("counts %v", counts)
	}
}

func TestMessageDelimiters(t *testing.T) {
	m := newMessage("his", "engine", "ADT^A01^ADT_A01", "ID1", "2.5", "", "PID|1||A^B~C").withDelimiters("#$*!@")
	want := "MSH#$*!@#ORBIS#LAZARUS#MIRTH#LAZARUS#20261123081500##ADT$A01$ADT_A01#ID1#P#2.5\rPID#1##A$B*C\r"
	if m.text != want {
		t.Errorf("got  %q\nwant %q", m.text, want)
	}
	if m.Type != "ADT^A01" || m.Delimiters != "#$*!@" {
		t.Errorf("type %q delimiters %q", m.Type, m.Delimiters)
	}
}

func TestConsentIsSeen(t *testing.T) {
	for kind, ms := range admissions(patients()) {
		for _, m := range ms {
			if m.HasConsent != (kind == "consent1") {
				t.Errorf("%s from %s: consent %v", m.ControlID, kind, m.HasConsent)
			}
		}
	}
}

func TestLeaseLines(t *testing.T) {
	h := &Host{}
	h.Name, h.MAC = "pc1", "d4:be:d9:77:30:3e"
	x := &Lease{}
	for _, line := range []string{
		"vendor class: MSFT 5.0", "client provides name: RADPC-017",
		"DHCPDISCOVER(eth0) d4:be:d9:77:30:3e ", "DHCPOFFER(eth0) 10.20.30.156 d4:be:d9:77:30:3e ",
		"requested options: 1:netmask, 3:router, ", "requested options: 249, 252", "requested options: 249, 252",
		"sent size:  4 option: 54 server-identifier  10.20.30.2",
		"DHCPREQUEST(eth0) 10.20.30.156 d4:be:d9:77:30:3e ", "DHCPACK(eth0) 10.20.30.156 d4:be:d9:77:30:3e lease",
	} {
		x.logged(line, map[string]*Host{h.MAC: h})
	}
	if x.Client != "pc1" || x.IP != "10.20.30.156" || x.VendorClass != "MSFT 5.0" || x.Hostname != "RADPC-017" ||
		!slices.Equal(x.Requested, []int{1, 3, 249, 252}) || x.Messages != "DHCPDISCOVER DHCPOFFER DHCPREQUEST DHCPACK" {
		t.Errorf("got %+v", x)
	}
}

func TestTwinsAreFound(t *testing.T) {
	frame := func(n byte) []byte { return append(make([]byte, 60), n) }
	write := func(copies int) string {
		b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
		b = append(b, make([]byte, 20)...)
		for i := range 100 {
			for range copies {
				for _, v := range []uint32{0, uint32(i * 1000), 61, 61} {
					b = binary.LittleEndian.AppendUint32(b, v)
				}
				b = append(b, frame(byte(i))...)
			}
		}
		f := filepath.Join(t.TempDir(), "x.pcap")
		if err := os.WriteFile(f, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return f
	}
	if err := noTwins(write(1)); err != nil {
		t.Errorf("single frames: %v", err)
	}
	if err := noTwins(write(2)); err == nil {
		t.Error("every frame twice was not seen")
	}
}

func TestUsage(t *testing.T) {
	var out, errs strings.Builder
	if code := run([]string{"--help"}, &out, &errs); code != 0 || !strings.Contains(errs.String(), "Examples:") {
		t.Errorf("help: exit %d, %q", code, errs.String())
	}
	out.Reset()
	if code := run([]string{"-list"}, &out, &errs); code != 0 || !strings.Contains(out.String(), "hospital") {
		t.Errorf("list: exit %d, %q", code, out.String())
	}
	errs.Reset()
	if code := run([]string{"-scenario", "nosuch"}, &out, &errs); code != 2 || !strings.Contains(errs.String(), "no such scenario") {
		t.Errorf("unknown scenario: exit %d, %q", code, errs.String())
	}
}
