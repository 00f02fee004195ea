package dcmtk

import (
	"slices"
	"strings"
	"testing"

	"lazaret/lab/truth"
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
I: Releasing truth.Association
`

func TestDcmtkLogOfAMove(t *testing.T) {
	got := ParseLog(moveLog, false)
	if len(got) != 1 {
		t.Fatalf("%d associations, want 1", len(got))
	}
	a := *got[0]
	ops := a.Operations
	a.Operations = nil
	want := truth.Association{Calling: "WS", Called: "PACS", Result: "accepted",
		ClientImpl: "1.2.276.0.7230010.3.0.3.6.7", ClientVersion: "OFFIS_DCMTK_367", ServerImpl: "1.2.3", ServerVersion: "OTHER",
		ClientMaxPDU: 16384, ServerMaxPDU: 32768, ContextsOffered: 1, ContextsAccepted: 1, UserIdentity: "username/password"}
	if !equalAssociation(a, want) {
		t.Errorf("association\n got %+v\nwant %+v", a, want)
	}
	op := truth.Operation{Command: "C-MOVE", SOPClass: "1.2.840.10008.5.1.4.1.2.2.2", SOPClassName: "MOVEStudyRootQueryRetrieveInformationModel",
		TransferSyntax: "LittleEndianExplicit", By: "client", Status: "0xa702", Pending: 1, MoveDest: "WS", Completed: 2, Count: 1}
	if !slices.Equal(ops, []truth.Operation{op}) {
		t.Errorf("operations\n got %+v\nwant %+v", ops, op)
	}
}

// equalAssociation compares what ParseLog sets apart from operations.
func equalAssociation(a, b truth.Association) bool {
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
	a := ParseLog(log, true)[0]
	if a.ServerVersion != "OFFIS_DCMTK_367" || a.ClientVersion != "OTHER" {
		t.Errorf("client %q server %q", a.ClientVersion, a.ServerVersion)
	}
	if len(a.Operations) != 1 || a.Operations[0].By != "client" || a.Operations[0].Status != "0xa702" {
		t.Errorf("operations %+v", a.Operations)
	}
}

func TestDcmtkLogRejection(t *testing.T) {
	head, _, _ := strings.Cut(moveLog, "D: ====================== BEGIN A-ASSOCIATE-AC")
	a := ParseLog(head+"F: Association Rejected:\nF: Result: Rejected Permanent, Source: Service User\nF: Reason: Called AE Title Not Recognized\n", false)[0]
	if a.Result != "rejected" || !strings.Contains(a.Reject, "Called AE Title Not Recognized") {
		t.Errorf("got %q, %q", a.Result, a.Reject)
	}
}
