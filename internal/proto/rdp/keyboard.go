package rdp

import "fmt"

// keyboardName names a keyboard layout: the low half is the language (MS-LCID
// 2.2), the high half a variant of the layout. A variant without a name of its own
// is called by its language.
func keyboardName(v uint32) string {
	if s, ok := variants[v]; ok {
		return s
	}
	s, ok := languages[uint16(v)]
	switch {
	case !ok:
		return fmt.Sprintf("keyboard-%d", v)
	case v>>16 == 0:
		return s
	}
	return fmt.Sprintf("%s (Best Guess for %d)", s, v)
}

// variants are layouts of one language beside the first.
var variants = map[uint32]string{
	0x00010402: "Bulgarian (Latin)",
	0x00010405: "Czech (QWERTY)",
	0x00020405: "Czech Programmers",
	0x00010407: "German (IBM)",
	0x00010408: "Greek (220)",
	0x00020408: "Greek (319)",
	0x00010409: "English - United States (Dvorak)",
	0x00020409: "English - United States (International)",
	0x00030409: "English - United States (Dvorak for left hand)",
	0x00040409: "English - United States (Dvorak for right hand)",
	0x0001040a: "Spanish Variation",
	0x0001040e: "Hungarian 101-key",
	0x00010410: "Italian (142)",
	0x00010415: "Polish (214)",
	0x00010416: "Portuguese (Brazilian ABNT2)",
	0x00010418: "Romanian (Standard)",
	0x00020418: "Romanian (Programmers)",
	0x00010419: "Russian (Typewriter)",
	0x0001041b: "Slovak (QWERTY)",
	0x0001041f: "Turkish F",
	0x0001080c: "Belgian (Comma)",
	0x00011009: "Canadian Multilingual Standard",
}

// languages by their identifier, in the words of Microsoft's list.
var languages = map[uint16]string{
	0x0401: "Arabic - Saudi Arabia", 0x0801: "Arabic - Iraq", 0x0c01: "Arabic - Egypt", 0x1001: "Arabic - Libya",
	0x1401: "Arabic - Algeria", 0x1801: "Arabic - Morocco", 0x1c01: "Arabic - Tunisia", 0x2001: "Arabic - Oman",
	0x2401: "Arabic - Yemen", 0x2801: "Arabic - Syria", 0x2c01: "Arabic - Jordan", 0x3001: "Arabic - Lebanon",
	0x3401: "Arabic - Kuwait", 0x3801: "Arabic - U.A.E.", 0x3c01: "Arabic - Bahrain", 0x4001: "Arabic - Qatar",
	0x0402: "Bulgarian", 0x0403: "Catalan",
	0x0404: "Chinese - Taiwan", 0x0804: "Chinese - People's Republic of China", 0x0c04: "Chinese - Hong Kong SAR",
	0x1004: "Chinese - Singapore", 0x1404: "Chinese - Macao SAR",
	0x0405: "Czech", 0x0406: "Danish",
	0x0407: "German - Germany", 0x0807: "German - Switzerland", 0x0c07: "German - Austria",
	0x1007: "German - Luxembourg", 0x1407: "German - Liechtenstein",
	0x0408: "Greek",
	0x0409: "English - United States", 0x0809: "English - United Kingdom", 0x0c09: "English - Australia",
	0x1009: "English - Canada", 0x1409: "English - New Zealand", 0x1809: "English - Ireland",
	0x1c09: "English - South Africa", 0x2009: "English - Jamaica", 0x2409: "English - Caribbean",
	0x2809: "English - Belize", 0x2c09: "English - Trinidad", 0x3009: "English - Zimbabwe",
	0x3409: "English - Philippines", 0x4009: "English - India", 0x4409: "English - Malaysia", 0x4809: "English - Singapore",
	0x040a: "Spanish - Spain (Traditional Sort)", 0x080a: "Spanish - Mexico", 0x0c0a: "Spanish - Spain (Modern Sort)",
	0x100a: "Spanish - Guatemala", 0x140a: "Spanish - Costa Rica", 0x180a: "Spanish - Panama",
	0x1c0a: "Spanish - Dominican Republic", 0x200a: "Spanish - Venezuela", 0x240a: "Spanish - Colombia",
	0x280a: "Spanish - Peru", 0x2c0a: "Spanish - Argentina", 0x300a: "Spanish - Ecuador", 0x340a: "Spanish - Chile",
	0x380a: "Spanish - Uruguay", 0x3c0a: "Spanish - Paraguay", 0x400a: "Spanish - Bolivia",
	0x440a: "Spanish - El Salvador", 0x480a: "Spanish - Honduras", 0x4c0a: "Spanish - Nicaragua",
	0x500a: "Spanish - Puerto Rico", 0x540a: "Spanish - United States",
	0x040b: "Finnish",
	0x040c: "French - France", 0x080c: "French - Belgium", 0x0c0c: "French - Canada", 0x100c: "French - Switzerland",
	0x140c: "French - Luxembourg", 0x180c: "French - Monaco",
	0x040d: "Hebrew", 0x040e: "Hungarian", 0x040f: "Icelandic", 0x0410: "Italian - Italy", 0x0810: "Italian - Switzerland",
	0x0411: "Japanese", 0x0412: "Korean", 0x0413: "Dutch - Netherlands", 0x0813: "Dutch - Belgium",
	0x0414: "Norwegian (Bokmal)", 0x0814: "Norwegian (Nynorsk)", 0x0415: "Polish",
	0x0416: "Portuguese - Brazil", 0x0816: "Portuguese - Portugal", 0x0417: "Rhaeto-Romanic",
	0x0418: "Romanian", 0x0419: "Russian", 0x041a: "Croatian", 0x081a: "Serbian (Latin)", 0x0c1a: "Serbian (Cyrillic)",
	0x101a: "Croatian (Bosnia/Herzegovina)", 0x141a: "Bosnian (Bosnia/Herzegovina)",
	0x041b: "Slovak", 0x041c: "Albanian - Albania", 0x041d: "Swedish", 0x081d: "Swedish - Finland",
	0x041e: "Thai", 0x041f: "Turkish", 0x0420: "Urdu", 0x0421: "Indonesian", 0x0422: "Ukrainian", 0x0423: "Belarusian",
	0x0424: "Slovenian", 0x0425: "Estonian", 0x0426: "Latvian", 0x0427: "Lithuanian", 0x0428: "Tajik", 0x0429: "Farsi",
	0x042a: "Vietnamese", 0x042b: "Armenian - Armenia", 0x042c: "Azeri (Latin)", 0x082c: "Azeri (Cyrillic)",
	0x042d: "Basque", 0x042e: "Sorbian", 0x042f: "FYRO Macedonian", 0x0432: "Tswana", 0x0434: "Xhosa", 0x0435: "Zulu",
	0x0436: "Afrikaans - South Africa", 0x0437: "Georgian", 0x0438: "Faroese", 0x0439: "Hindi", 0x043a: "Maltese",
	0x083c: "Irish", 0x043e: "Malay - Malaysia", 0x043f: "Kazakh", 0x0440: "Kyrgyz (Cyrillic)", 0x0441: "Swahili",
	0x0442: "Turkmen", 0x0443: "Uzbek (Latin)", 0x0843: "Uzbek (Cyrillic)", 0x0444: "Tatar", 0x0445: "Bengali (India)",
	0x0845: "Bengali (Bangladesh)", 0x0446: "Punjabi", 0x0447: "Gujarati", 0x0448: "Oriya", 0x0449: "Tamil",
	0x044a: "Telugu", 0x044b: "Kannada", 0x044c: "Malayalam", 0x044d: "Assamese", 0x044e: "Marathi", 0x044f: "Sanskrit",
	0x0450: "Mongolian (Cyrillic)", 0x0452: "Welsh", 0x0453: "Khmer", 0x0454: "Lao", 0x0455: "Burmese",
	0x0456: "Galician", 0x0457: "Konkani", 0x045a: "Syriac", 0x045b: "Sinhalese - Sri Lanka", 0x045e: "Amharic - Ethiopia",
	0x0461: "Nepali", 0x0462: "Frisian - Netherlands", 0x0463: "Pashto", 0x0464: "Filipino", 0x0465: "Divehi",
	0x046e: "Luxembourgish", 0x047e: "Breton", 0x0481: "Maori - New Zealand", 0x0482: "Occitan", 0x0483: "Corsican",
}
