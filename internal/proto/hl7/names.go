package hl7

import "strings"

// names are the segments of HL7 v2.1 to v2.9 (appendix A of each) and the local
// segments of IHE's profiles and of national extensions. Only these names reach
// a record: a line of text that a broken sender tore off is no name.
const names = "MSH MSA PID PV1 EVN OBX OBR ORC TXA CON PRT FHS BHS BTS FTS NTE ERR SFT UAC NK1 PD1 PV2 AL1 " +
	"DG1 PR1 GT1 IN1 IN2 IN3 ROL ACC MRG ZDS ZBE " +
	"ABS ADD ADJ AFF AIG AIL AIP AIS APR ARQ ARV AUT BLC BLG BPO BPX BTX BUI CDM CDO CER CM0 CM1 CM2 CNS CSP CSR " +
	"CSS CTD CTI CTR DB1 DEV DMI DON DPS DRG DSC DSP DST ECD ECR EDU EQL EQP EQU ERQ FAC FT1 GOL GP1 GP2 IAM IAR " +
	"IIM ILT INV IPC IPR ISD ITM IVC IVT LAN LCC LCH LDP LOC LRL MCP MFA MFE MFI NCK NDS NPU NSC NST ODS ODT OH1 " +
	"OH2 OH3 OH4 OM1 OM2 OM3 OM4 OM5 OM6 OM7 OM8 OMC ORG OVR PAC PCE PCR PDA PDC PEO PES PKG PM1 PMT PRA PRB PRC " +
	"PRD PSG PSH PSL PSS PTH PYE QAK QID QPD QRD QRF QRI RCP RDF RDT REL RF1 RFI RGS RMI RQ1 RQD RXA RXC RXD RXE " +
	"RXG RXO RXR RXV SAC SCD SCH SCP SDD SGH SGT SHP SID SLT SPM STF STZ SUR TCC TCD TQ1 TQ2 UB1 UB2 URD URS VAR " +
	"VND VTQ ZFA ZFD ZFM ZFP ZFS ZFT ZFU ZFV Zxx"

// The segments that are looked into; the value is the place in names.
const (
	segMSH = iota
	segMSA
	segPID
	segPV1
	segEVN
	segOBX
	segOBR
	segORC
	segTXA
	segCON
	segPRT
	segFHS
	segBHS
	segBTS
	segFTS
	segNTE
	segERR
	segSFT
	segUAC
)

// maxNames bounds the set of names in a message; names holds fewer.
const maxNames = 256

var nameList = strings.Fields(names)

// nameTable finds the place of a name. An entry is the three bytes and, above
// them, the place plus one; names that share a hash follow each other.
var nameTable = func() (t [1024]uint32) {
	for i, n := range nameList {
		k := nameKey([3]byte([]byte(n)))
		h := nameHash(k)
		for t[h] != 0 {
			h = (h + 1) % uint32(len(t))
		}
		t[h] = k | uint32(i+1)<<24
	}
	return t
}()

func nameKey(n [3]byte) uint32 { return uint32(n[0]) | uint32(n[1])<<8 | uint32(n[2])<<16 }

// nameHash returns ten bits (a multiplicative hash).
func nameHash(k uint32) uint32 { return k * 0x9e3779b1 >> 22 }

// nameIndex finds the place of a name in names. Local names that are not listed
// share the last place.
func nameIndex(n [3]byte) (uint8, bool) {
	k := nameKey(n)
	for h := nameHash(k); nameTable[h%1024] != 0; h++ {
		if e := nameTable[h%1024]; e<<8 == k<<8 {
			return uint8(e>>24) - 1, true
		}
	}
	if n[0] == 'Z' && upper(n[1]) && upper(n[2]) {
		return uint8(len(nameList) - 1), true
	}
	return 0, false
}

func upper(c byte) bool { return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' }

// wantedFields tells, as a bit per field number, which fields of a segment are
// kept.
var wantedFields = [...]uint64{
	segMSH: span(2, 7) | span(9, 12) | span(15, 16) | span(18, 18),
	segMSA: span(1, 2),
	segPID: span(2, 3),
	segPV1: span(2, 3),
	segEVN: span(1, 1),
	segOBX: span(18, 18),
	segOBR: span(3, 3) | span(24, 24),
	segORC: span(3, 3),
	segTXA: span(2, 2),
	segPRT: span(10, 10) | span(16, 20) | span(22, 22),
}

func wanted(seg uint8) uint64 {
	if int(seg) < len(wantedFields) {
		return wantedFields[seg]
	}
	return 0
}

func span(from, to uint) uint64 { return (1<<(to+1) - 1) &^ (1<<from - 1) }
