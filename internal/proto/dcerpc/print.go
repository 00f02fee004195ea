package dcerpc

import (
	"lazaret/internal/event"
	"lazaret/internal/ndr"
)

// spoolssCalls and winspoolCalls read which printer drivers are added (MS-RPRN
// 3.1.4.4, MS-PAR 3.1.4.2), and whom a print server is told to call back (MS-RPRN
// 3.1.4.10).
var (
	spoolssCalls = map[uint16]decoder{
		9:  {ask: addDriver},
		10: {ask: namesServer},
		62: {ask: callBack},
		65: {ask: callBack},
		89: {ask: addDriver},
	}
	winspoolCalls = map[uint16]decoder{39: {ask: addDriver}, 40: {ask: namesServer}}
)

// driverMembers are what stands in the structures of a driver behind the pointer to
// its configuration file (MS-RPRN 2.2.1.5), by level: p a pointer, d a number of 32
// bits, q one of 64, t a time of two of 32.
var driverMembers = map[uint32]string{2: "", 3: "pppdp", 4: "pppdpdp", 6: "pppdpdptqpppp", 8: "pppdpdptqppppppdppddptq"}

// addDriver reads RpcAddPrinterDriver, RpcAddPrinterDriverEx and
// RpcAsyncAddPrinterDriver (MS-RPRN 3.1.4.4.1, 3.1.4.4.8, MS-PAR 3.1.4.2.2): the
// driver's name and its files.
func addDriver(a *analyzer, c *call, r *ndr.Reader) {
	namesServer(a, c, r)
	level := r.U32()
	r.Tag()
	if !r.OK() {
		return
	}
	c.rec.Level = event.N(level)
	members, known := driverMembers[level]
	if !r.Pointer() || !known && level != 1 {
		return
	}
	r.AlignWord()
	if level == 1 {
		if r.Pointer() {
			c.rec.Target = a.shown(r.Wide())
		}
		return
	}
	if level >= 6 {
		r.Align(8)
	}
	r.U32() // version
	var there [5]bool
	for i := range there { // name, environment, driver, data file, configuration file
		there[i] = r.Pointer()
	}
	skipMembers(r, members)
	var text [5]string
	for i, ok := range there {
		if ok {
			text[i] = r.Wide()
		}
	}
	if !r.OK() {
		return
	}
	c.rec.Target, c.rec.Command = a.shown(text[0]), a.shown(text[2])
	for i, name := range [...]string{1: "environment", 3: "data_file", 4: "config_file"} {
		if name != "" && text[i] != "" {
			c.argument(name, a.shown(text[i]))
		}
	}
}

// skipMembers passes over members of a structure.
func skipMembers(r *ndr.Reader, members string) {
	for _, m := range members {
		switch m {
		case 'p':
			r.Pointer()
		case 'd':
			r.U32()
		case 'q':
			r.U64()
		case 't':
			r.U32()
			r.U32()
		}
	}
}

// callBack reads RpcRemoteFindFirstPrinterChangeNotification and Ex (MS-RPRN
// 3.1.4.10.3, 3.1.4.10.4): the machine that the server is to report to.
func callBack(_ *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	r.U32() // flags
	r.U32() // options
	if s := r.UniqueText(true); r.OK() {
		c.rec.Target = machine(s)
	}
}
