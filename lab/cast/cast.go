// Package cast holds who plays in the lab: the machines with their makers,
// models, serial numbers, addresses and AE titles, the invented patients and
// their studies, and the words they exchange: DICOM objects in the text form
// of dump2dcm and HL7 v2 messages.
//
// It is data and text alone: it opens no file, starts nothing, and knows no
// network. It refuses real identities: every patient is invented, bears the
// family name ZZCANARY or a number that starts with LZ, and is listed in the
// truth as a canary. Makers and models are real products, serial numbers are
// not; UIDs have the makers' roots and invented tails. All functions give
// fresh values that the caller owns.
//
// Standards: DICOM PS3.3 for the attributes, HL7 v2.3 to v2.8 for segments.
package cast

import (
	"maps"
	"slices"
	"strings"

	"lazaret/lab/truth"
)

// Equipment is how a modality builds the objects it sends.
type Equipment struct {
	Modality  string // DICOM modality code
	SOP       string // storage SOP class, name of the dcmtk dictionary
	Root      string // UID root of the maker, for instance UIDs
	Private   []string
	Rows      int
	Cols      int
	Frames    int
	Bits      int // allocated
	RGB       bool
	BodyPart  string
	Protocol  string
	DeviceUID string
	UDI       string
}

// The addresses that are given by hand: the network before the router, which
// is recorded, the ones behind it (a clinic, and a supplier on the internet,
// RFC 5737), the one behind a machine that translates addresses, and the two
// servers others point at.
const (
	NetMain   = "10.20.30."
	NetClinic = "10.20.40."
	NetFar    = "198.51.100."
	NetVan    = "192.168.7."
	RouterIP  = NetMain + "1"
	InfraIP6  = "fd20:30::2"
)

// Zone is the DNS zone of the hospital.
const Zone = "lazarus.example"

const (
	institution = "St Lazarus General Hospital"
	clinicName  = "Riverside Outpatient Clinic"
)

// Row is one line of the cast: name, role, MAC, address, AE titles.
type Row struct{ Name, Role, MAC, IP, AE string }

// Rows lists every machine: those of the imaging day, then the ones around
// them.
func Rows() []Row {
	return slices.Concat(imagingRows(), neighbourRows(), serviceRows(), outbreakRows())
}

// imagingRows are the machines of the scenario hospital. The first half of
// each MAC belongs to a maker that such a machine has; the second half is
// invented. An empty address comes from DHCP.
func imagingRows() []Row {
	return []Row{
		{"router", "router", "00:50:0b:7e:30:01", RouterIP, ""},
		{"infra", "dns-dhcp", "00:50:56:1a:30:02", NetMain + "2", ""},
		{"pacs", "archive", "ac:1f:6b:5c:30:0a", NetMain + "10", "PACSMAIN"},
		{"vna", "archive", "00:25:90:d1:30:0b", NetMain + "11", "VNA_STORE"},
		{"wlm", "worklist", "00:50:56:1a:30:0c", NetMain + "12", "RIS_MWL RIS_MPPS"},
		{"ris", "ris", "00:50:56:1a:30:0d", NetMain + "13", ""},
		{"engine", "hl7-engine", "00:50:56:1a:30:0e", NetMain + "14", ""},
		{"reports", "dictation", "00:50:56:1a:30:0f", NetMain + "15", ""},
		{"web", "server", "3c:d9:2b:44:30:10", NetMain + "16", ""},
		{"ct1", "ct", "00:1b:1b:7a:30:15", NetMain + "21", "CT_FORCE1"},
		{"ct2", "ct", "44:4b:5d:20:30:16", NetMain + "22", "CT_REVO2"},
		{"mr1", "mr", "00:09:5c:51:30:17", NetMain + "23", "MR_INGENIA"},
		{"mr2", "mr", "08:00:06:33:30:18", NetMain + "24", "MRAERA02"},
		{"dx1", "dx", "00:1d:4a:0c:30:19", NetMain + "25", "DRX_ROOM3"},
		{"dx2", "dx", "00:c0:2d:66:30:1a", NetMain + "26", "FDR_ER1"},
		{"us1", "us", "3c:d9:2b:09:30:1b", NetMain + "27", "VIVID_E95"},
		{"mg1", "mg", "18:db:f2:70:30:1c", NetMain + "28", "SELENIA_1"},
		{"xa1", "xa", "34:64:a9:15:30:1d", NetMain + "29", "AZURION7"},
		{"nm1", "nm", "d8:9e:f3:2e:30:1e", NetMain + "30", "SYMBIA_T"},
		{"printer", "dicom-printer", "08:00:66:1f:30:1f", NetMain + "31", "DRYSTAR"},
		{"ws1", "workstation", "14:b3:1f:81:30:29", NetMain + "41", "READ_WS1"},
		{"ws2", "workstation", "f8:b1:56:c3:30:2a", NetMain + "42", "READ_WS2"},
		{"reg1", "registration-desk", "84:a9:3e:5d:30:33", NetMain + "51", ""},
		{"consent1", "consent-desk", "84:a9:3e:5d:30:34", NetMain + "52", ""},
		{"admin1", "pc", "40:b0:34:9a:30:35", NetMain + "53", ""},
		{"cart1", "us", "00:05:b2:42:30:3d", "", "SONO_CART"},
		{"pc1", "pc", "d4:be:d9:77:30:3e", "", ""},
		{"pc2", "pc", "c8:d3:ff:13:30:3f", "", ""},
		{"his", "his", "00:50:56:2b:40:0a", NetClinic + "10", ""},
		{"us2", "us", "00:05:b2:9d:40:15", NetClinic + "21", "CLINIC_US"},
		{"ws3", "workstation", "94:57:a5:60:40:1f", NetClinic + "31", "CLINIC_WS"},
		{"reg2", "registration-desk", "84:a9:3e:5d:40:29", NetClinic + "41", ""},
	}
}

// Order is the names of the machines, in the order of Rows.
func Order() (names []string) {
	for _, r := range Rows() {
		names = append(names, r.Name)
	}
	return names
}

// Imaging is the names of the machines of the scenario hospital.
func Imaging() (names []string) {
	for _, r := range imagingRows() {
		names = append(names, r.Name)
	}
	return names
}

// Machine is a member of the cast: what the truth will say about it, and how
// the lab builds it.
type Machine struct {
	truth.Host
	IP    string // current IPv4 address, empty before DHCP gave one
	DHCP  bool   // the address comes from DHCP
	IPv6  bool
	Equip *Equipment // nil for what makes no images
	Cards []Card     // besides the first
}

// All gives fresh copies of all machines by name.
func All() map[string]*Machine {
	all := map[string]*Machine{}
	for _, r := range Rows() {
		m := &Machine{IP: r.IP, DHCP: r.IP == ""}
		m.Name, m.Role, m.MAC = r.Name, r.Role, r.MAC
		m.BehindRouter = strings.HasPrefix(r.IP, NetClinic) || strings.HasPrefix(r.IP, NetFar)
		if strings.HasPrefix(r.IP, NetVan) {
			m.BehindNAT = vanRouter
		}
		m.Cards = cards()[r.Name]
		for _, c := range m.Cards {
			m.OtherMACs = append(m.OtherMACs, c.MAC)
		}
		m.AETitles = strings.Fields(r.AE)
		m.Names = []string{r.Name + "." + Zone}
		m.IPv6 = r.Name == "infra" || r.Name == "pc1"
		all[r.Name] = m
	}
	equipment := machines()
	maps.Copy(equipment, vanMachines())
	for name, d := range equipment {
		m := all[name]
		m.Modality = d.Modality
		m.Manufacturer, m.Model, m.StationName = d.id[0], d.id[1], d.id[2]
		m.Serial, m.Software = d.id[3], strings.Split(d.id[4], "\\")
		m.Department = d.id[5]
		m.Institution = institution
		if m.BehindRouter || m.BehindNAT != "" {
			m.Institution = clinicName
		}
		m.Equip = &d.Equipment
	}
	return all
}

// machine is an imaging device: manufacturer, model, station name, serial,
// software versions and department, and what it makes.
type machine struct {
	id [6]string
	Equipment
}

func machines() map[string]machine {
	return map[string]machine{
		"ct1": {[6]string{"SIEMENS", "SOMATOM Force", "CTAWP73021", "73021", "syngo CT VA50A", "Radiology"},
			Equipment{Modality: "CT", SOP: "CTImageStorage", Root: "1.3.12.2.1107.5.1.4.73021",
				Private: []string{"(0019,0010) LO [SIEMENS CT VA0 COAD]", "(0019,1090) DS [3500]", "(0029,0010) LO [SIEMENS CSA HEADER]"},
				Rows:    512, Cols: 512, Frames: 1, Bits: 16, BodyPart: "CHEST", Protocol: "Thorax Routine"}},
		"ct2": {[6]string{"GE MEDICAL SYSTEMS", "Revolution CT", "REVO2", "440291CT2", "revo_ct_21b.37", "Emergency Radiology"},
			Equipment{Modality: "CT", SOP: "CTImageStorage", Root: "1.2.840.113619.2.416.44029102",
				Private: []string{"(0009,0010) LO [GEMS_IDEN_01]", "(0009,1001) LO [CT_LIGHTSPEED]"},
				Rows:    512, Cols: 512, Frames: 1, Bits: 16, BodyPart: "HEAD", Protocol: "5.1 Trauma Head"}},
		"mr1": {[6]string{"Philips Medical Systems", "Ingenia", "PHILIPS-9F2C1A", "42317", "5.7.1\\5.7.1.2", "Radiology"},
			Equipment{Modality: "MR", SOP: "MRImageStorage", Root: "1.3.46.670589.11.42317.5",
				Private: []string{"(2001,0010) LO [Philips Imaging DD 001]", "(2001,1003) FL 0", "(2005,0010) LO [Philips MR Imaging DD 001]"},
				Rows:    256, Cols: 256, Frames: 1, Bits: 16, BodyPart: "BRAIN", Protocol: "T2W_TSE"}},
		"mr2": {[6]string{"SIEMENS", "MAGNETOM Aera", "AWP141555", "141555", "syngo MR E11", "Neuroradiology"},
			Equipment{Modality: "MR", SOP: "MRImageStorage", Root: "1.3.12.2.1107.5.2.18.141555",
				Private: []string{"(0019,0010) LO [SIEMENS MR HEADER]", "(0051,0010) LO [SIEMENS MR HEADER]"},
				Rows:    320, Cols: 320, Frames: 1, Bits: 16, BodyPart: "KNEE", Protocol: "pd_tse_fs_sag"}},
		"dx1": {[6]string{"Carestream Health", "DRX-Revolution", "DRXR0412", "DRXR0412", "5.7.607.0", "Radiology"},
			Equipment{Modality: "DX", SOP: "DigitalXRayImageStorageForPresentation", Root: "1.2.840.113564.10.1.4120",
				Rows: 1024, Cols: 1024, Frames: 1, Bits: 16, BodyPart: "CHEST", Protocol: "Chest PA",
				DeviceUID: "1.2.840.113564.10.99.412"}},
		"dx2": {[6]string{"FUJIFILM Corporation", "FDR Go PLUS", "FDRGO-ER1", "86531207", "V11.0(0002)", "Emergency Radiology"},
			Equipment{Modality: "DX", SOP: "ComputedRadiographyImageStorage", Root: "1.2.392.200036.9125.2.8653",
				Rows: 880, Cols: 880, Frames: 1, Bits: 16, BodyPart: "HAND", Protocol: "HAND AP"}},
		"us1": {[6]string{"GE Vingmed Ultrasound", "Vivid E95", "VIVIDE95-071", "071123VE", "204.73.0", "Cardiology"},
			Equipment{Modality: "US", SOP: "UltrasoundMultiframeImageStorage", Root: "1.2.840.113619.2.300.7112",
				Rows: 360, Cols: 480, Frames: 4, Bits: 8, RGB: true, BodyPart: "HEART", Protocol: "Adult Echo",
				UDI: "(01)00840682102384(21)071123VE"}},
		"us2": {[6]string{"SAMSUNG MEDISON CO., LTD.", "RS85", "RS85-CLINIC", "S2M9M3HN400017", "2.03.00.0119", "Outpatient Imaging"},
			Equipment{Modality: "US", SOP: "UltrasoundImageStorage", Root: "1.2.410.200001.1.1185.3",
				Rows: 480, Cols: 640, Frames: 1, Bits: 8, RGB: true, BodyPart: "ABDOMEN", Protocol: "Abdomen"}},
		"cart1": {[6]string{"SAMSUNG MEDISON CO., LTD.", "HM70 EVO", "HM70-CART", "S0XKM3HK900042", "1.08.02", "Intensive Care"},
			Equipment{Modality: "US", SOP: "UltrasoundImageStorage", Root: "1.2.410.200001.1.1170.9",
				Rows: 300, Cols: 400, Frames: 1, Bits: 8, RGB: true, BodyPart: "CHEST", Protocol: "Lung"}},
		"mg1": {[6]string{"HOLOGIC, Inc.", "Selenia Dimensions", "SELENIA_DIM1", "81003160955", "AWS:1.11.1.7\\PXCM:1.11.0.9", "Breast Imaging"},
			Equipment{Modality: "MG", SOP: "DigitalMammographyXRayImageStorageForPresentation", Root: "1.2.840.113681.2864.9",
				Rows: 1664, Cols: 1280, Frames: 1, Bits: 16, BodyPart: "BREAST", Protocol: "R CC"}},
		"xa1": {[6]string{"Philips", "Azurion 7 M20", "AZURION-LAB1", "722079-118", "2.2.3.41", "Angiography"},
			Equipment{Modality: "XA", SOP: "XRayAngiographicImageStorage", Root: "1.3.46.670589.7.5.8.118",
				Rows: 512, Cols: 512, Frames: 8, Bits: 8, BodyPart: "HEART", Protocol: "Left Coronary 15 fps"}},
		"nm1": {[6]string{"SIEMENS NM", "SYMBIA T", "SYMBIA1047", "1047", "VB10B", "Nuclear Medicine"},
			Equipment{Modality: "NM", SOP: "NuclearMedicineImageStorage", Root: "1.3.12.2.1107.5.6.1.1047",
				Rows: 256, Cols: 256, Frames: 2, Bits: 16, BodyPart: "THYROID", Protocol: "Thyroid Tc99m"}},
	}
}
