package intel

import "lazaret/internal/detect"

// rules are the heads of findings. The severity is that of what was answered; see
// Field for what is less.
var rules = [...]detect.Rule{
	ruleAddress: {
		ID: "LZ-INTEL-ADDRESS", Engine: "intel", Title: "An address of a list was spoken to",
		Why: "Somebody saw this address used in attacks. Addresses change hands and serve many, so it is a reason to look at " +
			"what was said, and none to act alone. An attempt without an answer and a visit from outside count less.",
		Innocent: []string{
			"The address belongs to a provider where thousands of sites share it",
			"The address was given to somebody else since the list was made",
			"A scanner on the Internet knocks everywhere; it came to us, not we to it",
		},
		Attack: []string{"T1071"}, Severity: detect.Medium, Confidence: 0.4, Basis: basis,
	},
	ruleNetwork: {
		ID: "LZ-INTEL-NETWORK", Engine: "intel", Title: "An address in a network of a list was spoken to",
		Why:      "The network is known for hosting attackers. Most of its addresses may be innocent.",
		Innocent: []string{"A harmless customer of the same provider", "The network was sold since the list was made"},
		Attack:   []string{"T1071"}, Severity: detect.Low, Confidence: 0.3, Basis: basis,
	},
	ruleDomain: {
		ID: "LZ-INTEL-DOMAIN", Engine: "intel", Title: "A name of a list was asked for or visited",
		Why: "Programs of attackers find their masters by names like this one. That it was resolved or visited says the program " +
			"is alive; that the name does not exist any more says that it may still be there.",
		Innocent: []string{
			"Somebody reads a report and opens or checks the name", "A mail filter or a security product resolves what it finds in mails",
			"A resolver asks on behalf of another machine", "The name is a sinkhole by now",
		},
		Attack: []string{"T1071.001", "T1071.004"}, Severity: detect.Medium, Confidence: 0.7, Basis: basis,
	},
	ruleURL: {
		ID: "LZ-INTEL-URL", Engine: "intel", Title: "A web address of a list was asked for",
		Why:      "A whole address leaves little room for chance: this is where the attack fetches its parts or reports to.",
		Innocent: []string{"An analyst or a crawler opens it", "The site was cleaned, and the same path serves something else"},
		Attack:   []string{"T1071.001", "T1105"}, Severity: detect.High, Confidence: 0.85, Basis: basis,
	},
	ruleHash: {
		ID: "LZ-INTEL-HASH", Engine: "intel", Title: "A file of a list moved over the network",
		Why:      "The bytes are those that somebody took from an attack: no other file has this hash.",
		Innocent: []string{"A sample goes to an analyst or a scanner", "The list holds a harmless tool that attackers use too"},
		Attack:   []string{"T1105", "T1570"}, Severity: detect.High, Confidence: 0.95, Basis: basis,
	},
	ruleImports: {
		ID: "LZ-INTEL-IMPHASH", Engine: "intel", Title: "A program with the imports of a list moved",
		Why:      "Programs made of the same source by the same tools import the same functions in the same order.",
		Innocent: []string{"Packers and frameworks give many programs the same imports"},
		Attack:   []string{"T1105", "T1570"}, Severity: detect.Medium, Confidence: 0.5, Basis: basis,
	},
	ruleCertificate: {
		ID: "LZ-INTEL-CERTIFICATE", Engine: "intel", Title: "A certificate of a list was shown",
		Why:      "The same certificate is the same key: one who shows it is the one the list means, wherever it stands now.",
		Innocent: []string{"The list holds the certificate that a product comes with", "A proxy or a shared front shows it for many sites"},
		Attack:   []string{"T1573.002"}, Severity: detect.Medium, Confidence: 0.8, Basis: basis,
	},
	rulePrint: {
		ID: "LZ-INTEL-PRINT", Engine: "intel", Title: "A program with the print of a list speaks TLS or SSH",
		Why:      "The order of what a program offers tells its library. A program that nobody knows here, with such a print, is worth a look.",
		Innocent: []string{"Programs with the same library and settings have the same print"},
		Attack:   []string{"T1071.001"}, Severity: detect.Low, Confidence: 0.3, Basis: basis,
	},
	ruleAgent: {
		ID: "LZ-INTEL-AGENT", Engine: "intel", Title: "A program names itself as one of a list",
		Why:      "Attackers write a name of a browser into their programs, often an odd or a mistaken one, and forget it there.",
		Innocent: []string{"An old or rare program really has this name"},
		Attack:   []string{"T1071.001"}, Severity: detect.Medium, Confidence: 0.6, Basis: basis,
	},
	ruleFile: {
		ID: "LZ-INTEL-FILE", Engine: "intel", Title: "A file with a name of a list moved or was opened",
		Why:      "The name was used in attacks. Names are easily changed and easily alike; where it was written to tells more.",
		Innocent: []string{"Another file that is called the same", "A security product looks for the name"},
		Attack:   []string{"T1105", "T1570"}, Severity: detect.Medium, Confidence: 0.5, Basis: basis,
	},
	ruleTitle: {
		ID: "LZ-INTEL-AETITLE", Engine: "intel", Title: "An AE title of a list was used",
		Why:      "Tools against archives come with titles of their own. Who uses one asks an archive with such a tool.",
		Innocent: []string{"A test or service tool of a supplier has the same title", "A device was named so by chance"},
		Severity: detect.Medium, Confidence: 0.6, Basis: basis,
	},
	ruleService: {
		ID: "LZ-INTEL-SERVICE", Engine: "intel", Title: "A Windows service with a name of a list is managed from afar",
		Why:      "Spreading programs start themselves on the next machine as a service, and the name is in their code.",
		Innocent: []string{"A product has a service of the same name", "A security product asks whether the service exists"},
		Attack:   []string{"T1543.003", "T1569.002"}, Severity: detect.High, Confidence: 0.8, Basis: basis,
	},
	ruleMail: {
		ID: "LZ-INTEL-MAIL", Engine: "intel", Title: "A mail of a sender of a list came by",
		Why:      "The sender was seen in attacks that begin with a mail.",
		Innocent: []string{"Senders are easily forged: the real owner of the address may write too"},
		Attack:   []string{"T1566"}, Severity: detect.Medium, Confidence: 0.6, Basis: basis,
	},
}
