package roles

import (
	"slices"
	"strings"

	"lazaret/internal/inventory/clues"
)

// scannerKinds are what modality codes (PS3.3 C.7.3.1.1.1) say beyond the role,
// the more telling first.
var scannerKinds = []struct{ code, text string }{
	{"IVUS", "intravascular ultrasound"}, {"BDUS", "bone densitometry by ultrasound"},
	{"IO", "dental X-ray, intra-oral"}, {"PX", "dental X-ray, panoramic"}, {"CR", "computed radiography"},
	{"DX", "digital radiography"}, {"RG", "X-ray"}, {"XA", "angiography"}, {"RF", "fluoroscopy"}, {"ST", "SPECT"},
	{"ES", "endoscopy"}, {"OPT", "optical coherence tomography"}, {"OCT", "optical coherence tomography"}, {"OP", "eye photography"},
	{"OPV", "visual field"}, {"AR", "autorefraction"}, {"OAM", "eye measurement"}, {"ECG", "electrocardiography"}, {"EPS", "electrophysiology"},
	{"HD", "haemodynamics"}, {"SM", "slide scanner"}, {"GM", "microscopy"}, {"XC", "photography"}, {"DMS", "dermoscopy"},
	{"BMD", "bone densitometry"}, {"RTIMAGE", "radiotherapy"}, {"RTDOSE", "radiotherapy"}, {"RTPLAN", "radiotherapy"},
	{"EEG", "electroencephalography"}, {"RESP", "respiration"}, {"LS", "surface scanner"}, {"TG", "thermography"},
}

// models are lines of products of which every machine is of one kind, by words of the
// model's name, lower case.
var models = []struct {
	role Role
	word string
	text string
}{
	{DX, "drx-revolution", mobileX}, {DX, "mobilett", mobileX}, {DX, "mobiledart", mobileX}, {DX, "fdr go", mobileX}, {DX, "fdr nano", mobileX},
	{DX, "amx", mobileX}, {DX, "practix", mobileX}, {DX, "mobilediagnost", mobileX},
	{XA, "oec", mobileArm}, {XA, "cios", mobileArm}, {XA, "arcadis", mobileArm}, {XA, "ziehm", mobileArm}, {XA, "veradius", mobileArm},
	{XA, "zenition", mobileArm}, {XA, "bv pulsera", mobileArm}, {XA, "bv endura", mobileArm},
	{US, "vivid", heartUS}, {US, "ie33", heartUS}, {US, "acuson sc2000", heartUS}, {US, "epiq cvx", heartUS},
}

const (
	mobileX   = "mobile X-ray"
	mobileArm = "mobile C-arm"
	heartUS   = "cardiology ultrasound"
)

// line is what the line of products tells, empty for other models.
func (p *Facts) line(role Role) string {
	model := strings.ToLower(p.Model)
	for _, m := range models {
		if m.role == role && hasWord(model, m.word) {
			return m.text
		}
	}
	return ""
}

// Sub is what kind of its role a machine is, in words; empty if the traffic does
// not say.
func Sub(role Role, p *Facts) string {
	if role.Modality() {
		return p.scanner(role)
	}
	kind := func(list ...clues.Kind) string {
		for _, k := range list {
			if p.Kinds[k] >= sure {
				return string(k)
			}
		}
		return ""
	}
	switch role {
	case Network:
		return kind(clues.KindAccessPoint, clues.KindSwitch)
	case Thing:
		return kind(things...)
	case FileServer:
		return kind(clues.KindStorage)
	case PC:
		return kind(clues.KindMobile)
	case DoseAI:
		if finds(p) {
			return "image analysis"
		}
		return "dose registry"
	case Archive:
		if !does(clues.AnswersQuery, clues.AnswersRetrieve, clues.AnswersCommitment)(p) && p.Done[clues.TakesImages] > 0 && passesImages(p) {
			return "passes images on"
		}
	case Workstation:
		if p.Web && !p.Associates {
			return "web viewer"
		}
	case DNSDHCP:
		return namesOrAddresses(p)
	case Server:
		return p.server()
	}
	return ""
}

func namesOrAddresses(p *Facts) string {
	switch {
	case p.Done[clues.AnswersDNS] == 0:
		return "addresses"
	case p.Done[clues.AnswersDHCP] == 0:
		return "names"
	}
	return "names and addresses"
}

func (p *Facts) scanner(role Role) string {
	has := func(code string) bool { return p.Codes[code] > 0 }
	switch {
	case role == PT && has("CT"):
		return "PET/CT"
	case role == PT && has("MR"):
		return "PET/MR"
	case role == NM && has("CT"):
		return "SPECT/CT"
	case role == MG && p.Tomosynthesis:
		return "mammography tomosynthesis"
	case role == US && cardiac(p.Department):
		return heartUS
	}
	if text := p.line(role); text != "" {
		return text
	}
	for _, k := range scannerKinds {
		if has(k.code) {
			return k.text
		}
	}
	return ""
}

// cardiac tells a department of cardiology in the languages of many hospitals.
func cardiac(department string) bool {
	d := strings.ToLower(department)
	return slices.ContainsFunc([]string{"cardiol", "kardiol", "cardiac", "echocard", "echokard"}, func(w string) bool { return strings.Contains(d, w) })
}

// server names what a server serves that no role is made for, what tells most
// first.
func (p *Facts) server() string {
	for _, s := range []struct {
		word string
		test func(*Facts) bool
	}{
		{"FHIR server", func(p *Facts) bool {
			return does(clues.AnswersFHIR, clues.TakesFHIR)(p) || p.TakesResources
		}},
		{"network management", withPeers(2, AsksSNMP)},
		{"log server", withPeers(2, clues.TakesLogs)},
		{"mail server", either(says(clues.KindMailServer), does(TakesMail))},
		{"directory", does(AnswersDirectory)},
		{"terminal server", both(does(LetsIn), not(ofImaging))},
		{"web server", either(says(clues.KindWebServer), both(does(ServesWeb), withPeers(2, ServesWeb)))},
		{"time server", withPeers(2, AnswersTime)},
	} {
		if s.test(p) {
			return s.word
		}
	}
	return ""
}
