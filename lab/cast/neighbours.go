package cast

// neighbourRows are the machines around the imaging ones: what every network
// has, and what gives a machine away by its greeting or its announcements.
func neighbourRows() []Row {
	return []Row{
		{"gateway", "gateway", "00:0c:29:4e:30:46", NetMain + "70", ""},
		{"filedrop", "file-server", "00:11:32:5a:30:47", NetMain + "71", ""},
		{"analyser", "server", "00:40:9d:31:30:48", NetMain + "72", ""},
		{"console1", "console", "48:4d:7e:91:30:49", NetMain + "73", ""},
		{"console2", "console", "48:4d:7e:91:30:4a", NetMain + "74", ""},
		{"mail", "mail-server", "00:50:56:1a:30:4b", NetMain + "75", ""},
		{"ldap", "directory", "00:50:56:1a:30:4c", NetMain + "76", ""},
		{"switch1", "switch", "00:1a:a1:c7:30:4d", NetMain + "80", ""},
		{"laser1", "printer", "3c:2a:f4:18:30:4e", NetMain + "81", ""},
		{"nas1", "file-server", "00:11:32:77:30:4f", NetMain + "82", ""},
		{"clock", "time-server", "00:80:2f:1e:30:50", NetMain + "83", ""},
		{"audit", "log-server", "00:50:56:1a:30:51", NetMain + "84", ""},
		{"nms", "management", "00:50:56:1a:30:52", NetMain + "85", ""},
		{"risdb", "database", "00:50:56:1a:30:53", NetMain + "90", ""},
		{"labdb", "database", "00:50:56:1a:30:54", NetMain + "91", ""},
		{"cache", "database", "00:50:56:1a:30:55", NetMain + "92", ""},
		{"mssql", "database", "00:50:56:1a:30:56", NetMain + "93", ""},
		{"oracle", "database", "00:21:28:6d:30:57", NetMain + "94", ""},
		{"dc1", "domain-controller", "00:50:56:1a:30:58", NetMain + "100", ""},
		{"files", "file-server", "00:50:56:1a:30:59", NetMain + "101", ""},
		{"oldfiles", "file-server", "00:50:8b:d3:30:5a", NetMain + "102", ""},
		{"term1", "terminal-server", "00:50:56:1a:30:5b", NetMain + "103", ""},
		{"fhir", "fhir-server", "00:50:56:1a:30:5c", NetMain + "110", ""},
		{"portal", "web-server", "00:50:56:1a:30:5d", NetMain + "111", ""},
		{"dose", "server", "00:50:56:1a:30:5e", NetMain + "112", ""},
		{"oldgw", "gateway", "00:08:a2:0f:30:5f", NetMain + "113", ""},
		{"desk1", "pc", "40:b0:34:c1:30:60", NetMain + "54", ""},
		{"desk2", "pc", "d4:be:d9:0e:30:61", NetMain + "55", ""},
		{"desk3", "pc", "c8:d3:ff:5b:30:62", NetMain + "56", ""},
		{"desk4", "pc", "00:1e:c9:77:30:65", NetMain + "57", ""},
		{"apps", "file-server", "00:50:56:1a:30:63", NetMain + "104", ""},
		{"kdc", "domain-controller", "00:50:56:1a:30:64", NetMain + "105", ""},
	}
}
