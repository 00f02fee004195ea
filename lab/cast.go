package main

import "strings"

// equipment is how a modality builds the objects it sends.
type equipment struct {
	modality  string // DICOM modality code
	sop       string // storage SOP class, name of the dcmtk dictionary
	root      string // UID root of the maker, for instance UIDs
	private   []string
	rows      int
	cols      int
	frames    int
	bits      int // allocated
	rgb       bool
	syntaxes  string // dcmtk option that chooses the transfer syntax
	bodyPart  string
	protocol  string
	deviceUID string
	udi       string
}

// infraIP6 is the IPv6 address of the DNS and DHCP server, the only one that
// is given by hand.
const infraIP6 = "fd20:30::2"

const (
	institution = "St Lazarus General Hospital"
	clinicName  = "Riverside Outpatient Clinic"
	zone        = "lazarus.example"
)

// row is one line of the cast: name, role, MAC, address, AE titles.
type row struct{ name, role, mac, ip, ae string }

// castRows lists every machine. The first half of each MAC belongs to a maker
// that such a machine has; the second half is invented. An empty address
// comes from DHCP.
func castRows() []row {
	return []row{
		{"router", "router", "00:50:0b:7e:30:01", routerIP, ""},
		{"infra", "dns-dhcp", "00:50:56:1a:30:02", netMain + "2", ""},
		{"pacs", "archive", "ac:1f:6b:5c:30:0a", netMain + "10", "PACSMAIN"},
		{"vna", "archive", "00:25:90:d1:30:0b", netMain + "11", "VNA_STORE"},
		{"wlm", "worklist", "00:50:56:1a:30:0c", netMain + "12", "RIS_MWL RIS_MPPS"},
		{"ris", "ris", "00:50:56:1a:30:0d", netMain + "13", ""},
		{"engine", "hl7-engine", "00:50:56:1a:30:0e", netMain + "14", ""},
		{"reports", "dictation", "00:50:56:1a:30:0f", netMain + "15", ""},
		{"web", "server", "3c:d9:2b:44:30:10", netMain + "16", ""},
		{"ct1", "ct", "00:1b:1b:7a:30:15", netMain + "21", "CT_FORCE1"},
		{"ct2", "ct", "44:4b:5d:20:30:16", netMain + "22", "CT_REVO2"},
		{"mr1", "mr", "00:09:5c:51:30:17", netMain + "23", "MR_INGENIA"},
		{"mr2", "mr", "08:00:06:33:30:18", netMain + "24", "MRAERA02"},
		{"dx1", "dx", "00:1d:4a:0c:30:19", netMain + "25", "DRX_ROOM3"},
		{"dx2", "dx", "00:c0:2d:66:30:1a", netMain + "26", "FDR_ER1"},
		{"us1", "us", "3c:d9:2b:09:30:1b", netMain + "27", "VIVID_E95"},
		{"mg1", "mg", "18:db:f2:70:30:1c", netMain + "28", "SELENIA_1"},
		{"xa1", "xa", "34:64:a9:15:30:1d", netMain + "29", "AZURION7"},
		{"nm1", "nm", "d8:9e:f3:2e:30:1e", netMain + "30", "SYMBIA_T"},
		{"printer", "dicom-printer", "08:00:66:1f:30:1f", netMain + "31", "DRYSTAR"},
		{"ws1", "workstation", "14:b3:1f:81:30:29", netMain + "41", "READ_WS1"},
		{"ws2", "workstation", "f8:b1:56:c3:30:2a", netMain + "42", "READ_WS2"},
		{"reg1", "registration-desk", "84:a9:3e:5d:30:33", netMain + "51", ""},
		{"consent1", "consent-desk", "84:a9:3e:5d:30:34", netMain + "52", ""},
		{"admin1", "pc", "40:b0:34:9a:30:35", netMain + "53", ""},
		{"cart1", "us", "00:05:b2:42:30:3d", "", "SONO_CART"},
		{"pc1", "pc", "d4:be:d9:77:30:3e", "", ""},
		{"pc2", "pc", "c8:d3:ff:13:30:3f", "", ""},
		{"his", "his", "00:50:56:2b:40:0a", netClinic + "10", ""},
		{"us2", "us", "00:05:b2:9d:40:15", netClinic + "21", "CLINIC_US"},
		{"ws3", "workstation", "94:57:a5:60:40:1f", netClinic + "31", "CLINIC_WS"},
		{"reg2", "registration-desk", "84:a9:3e:5d:40:29", netClinic + "41", ""},
	}
}

func castOrder() (names []string) {
	for _, r := range castRows() {
		names = append(names, r.name)
	}
	return names
}

// cast gives fresh copies of all hosts by name.
func cast() map[string]*Host {
	all := map[string]*Host{}
	for _, r := range castRows() {
		h := &Host{ip: r.ip, dhcp: r.ip == "", behind: strings.HasPrefix(r.ip, netClinic)}
		h.Name, h.Role, h.MAC = r.name, r.role, r.mac
		h.BehindRouter = h.behind
		h.AETitles = strings.Fields(r.ae)
		h.Names = []string{r.name + "." + zone}
		h.ipv6 = r.name == "infra" || r.name == "pc1"
		all[r.name] = h
	}
	for name, m := range machines() {
		h := all[name]
		h.Modality = m.modality
		h.Manufacturer, h.Model, h.StationName = m.id[0], m.id[1], m.id[2]
		h.Serial, h.Software = m.id[3], strings.Split(m.id[4], "\\")
		h.Department = m.id[5]
		h.Institution = institution
		if h.behind {
			h.Institution = clinicName
		}
		h.equip = &m.equipment
	}
	return all
}

// machine is an imaging device: manufacturer, model, station name, serial,
// software versions and department, and what it makes.
type machine struct {
	id [6]string
	equipment
}

func machines() map[string]machine {
	return map[string]machine{
		"ct1": {[6]string{"SIEMENS", "SOMATOM Force", "CTAWP73021", "73021", "syngo CT VA50A", "Radiology"},
			equipment{modality: "CT", sop: "CTImageStorage", root: "1.3.12.2.1107.5.1.4.73021",
				private: []string{"(0019,0010) LO [SIEMENS CT VA0 COAD]", "(0019,1090) DS [3500]", "(0029,0010) LO [SIEMENS CSA HEADER]"},
				rows:    512, cols: 512, frames: 1, bits: 16, bodyPart: "CHEST", protocol: "Thorax Routine"}},
		"ct2": {[6]string{"GE MEDICAL SYSTEMS", "Revolution CT", "REVO2", "440291CT2", "revo_ct_21b.37", "Emergency Radiology"},
			equipment{modality: "CT", sop: "CTImageStorage", root: "1.2.840.113619.2.416.44029102",
				private: []string{"(0009,0010) LO [GEMS_IDEN_01]", "(0009,1001) LO [CT_LIGHTSPEED]"},
				rows:    512, cols: 512, frames: 1, bits: 16, bodyPart: "HEAD", protocol: "5.1 Trauma Head"}},
		"mr1": {[6]string{"Philips Medical Systems", "Ingenia", "PHILIPS-9F2C1A", "42317", "5.7.1\\5.7.1.2", "Radiology"},
			equipment{modality: "MR", sop: "MRImageStorage", root: "1.3.46.670589.11.42317.5",
				private: []string{"(2001,0010) LO [Philips Imaging DD 001]", "(2001,1003) FL 0", "(2005,0010) LO [Philips MR Imaging DD 001]"},
				rows:    256, cols: 256, frames: 1, bits: 16, bodyPart: "BRAIN", protocol: "T2W_TSE"}},
		"mr2": {[6]string{"SIEMENS", "MAGNETOM Aera", "AWP141555", "141555", "syngo MR E11", "Neuroradiology"},
			equipment{modality: "MR", sop: "MRImageStorage", root: "1.3.12.2.1107.5.2.18.141555",
				private: []string{"(0019,0010) LO [SIEMENS MR HEADER]", "(0051,0010) LO [SIEMENS MR HEADER]"},
				rows:    320, cols: 320, frames: 1, bits: 16, bodyPart: "KNEE", protocol: "pd_tse_fs_sag"}},
		"dx1": {[6]string{"Carestream Health", "DRX-Revolution", "DRXR0412", "DRXR0412", "5.7.607.0", "Radiology"},
			equipment{modality: "DX", sop: "DigitalXRayImageStorageForPresentation", root: "1.2.840.113564.10.1.4120",
				rows: 1024, cols: 1024, frames: 1, bits: 16, bodyPart: "CHEST", protocol: "Chest PA", syntaxes: "-xs",
				deviceUID: "1.2.840.113564.10.99.412"}},
		"dx2": {[6]string{"FUJIFILM Corporation", "FDR Go PLUS", "FDRGO-ER1", "86531207", "V11.0(0002)", "Emergency Radiology"},
			equipment{modality: "DX", sop: "ComputedRadiographyImageStorage", root: "1.2.392.200036.9125.2.8653",
				rows: 880, cols: 880, frames: 1, bits: 16, bodyPart: "HAND", protocol: "HAND AP"}},
		"us1": {[6]string{"GE Vingmed Ultrasound", "Vivid E95", "VIVIDE95-071", "071123VE", "204.73.0", "Cardiology"},
			equipment{modality: "US", sop: "UltrasoundMultiframeImageStorage", root: "1.2.840.113619.2.300.7112",
				rows: 360, cols: 480, frames: 4, bits: 8, rgb: true, bodyPart: "HEART", protocol: "Adult Echo",
				udi: "(01)00840682102384(21)071123VE"}},
		"us2": {[6]string{"SAMSUNG MEDISON CO., LTD.", "RS85", "RS85-CLINIC", "S2M9M3HN400017", "2.03.00.0119", "Outpatient Imaging"},
			equipment{modality: "US", sop: "UltrasoundImageStorage", root: "1.2.410.200001.1.1185.3",
				rows: 480, cols: 640, frames: 1, bits: 8, rgb: true, bodyPart: "ABDOMEN", protocol: "Abdomen"}},
		"cart1": {[6]string{"SAMSUNG MEDISON CO., LTD.", "HM70 EVO", "HM70-CART", "S0XKM3HK900042", "1.08.02", "Intensive Care"},
			equipment{modality: "US", sop: "UltrasoundImageStorage", root: "1.2.410.200001.1.1170.9",
				rows: 300, cols: 400, frames: 1, bits: 8, rgb: true, bodyPart: "CHEST", protocol: "Lung"}},
		"mg1": {[6]string{"HOLOGIC, Inc.", "Selenia Dimensions", "SELENIA_DIM1", "81003160955", "AWS:1.11.1.7\\PXCM:1.11.0.9", "Breast Imaging"},
			equipment{modality: "MG", sop: "DigitalMammographyXRayImageStorageForPresentation", root: "1.2.840.113681.2864.9",
				rows: 1664, cols: 1280, frames: 1, bits: 16, bodyPart: "BREAST", protocol: "R CC"}},
		"xa1": {[6]string{"Philips", "Azurion 7 M20", "AZURION-LAB1", "722079-118", "2.2.3.41", "Angiography"},
			equipment{modality: "XA", sop: "XRayAngiographicImageStorage", root: "1.3.46.670589.7.5.8.118",
				rows: 512, cols: 512, frames: 8, bits: 8, bodyPart: "HEART", protocol: "Left Coronary 15 fps"}},
		"nm1": {[6]string{"SIEMENS NM", "SYMBIA T", "SYMBIA1047", "1047", "VB10B", "Nuclear Medicine"},
			equipment{modality: "NM", sop: "NuclearMedicineImageStorage", root: "1.3.12.2.1107.5.6.1.1047",
				rows: 256, cols: 256, frames: 2, bits: 16, bodyPart: "THYROID", protocol: "Thyroid Tc99m"}},
	}
}
