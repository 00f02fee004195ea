// Package kwampirs has the behaviours that know the backdoor Kwampirs of the group
// Orangeworm (ATT&CK S0236, G0071) by what was published of it: the names of its service,
// the constants in its programs, the shape of its requests, and the grammars of the
// paths and domains that it calls.
//
// Each file is one behaviour, a manual page with code in it. Facts stand beside the code
// that uses them. Raw addresses that were once published as its servers are used by none:
// most of them belong to people who have nothing to do with it.
//
// It refuses to name it by a single common word: a path such as /login/default.aspx or a
// service called wmiApSrv is everyday. Memory is that of package recent, bounded. What
// the records hold belongs to them. Standards: none; sources stand in each rule's Basis.
package kwampirs

import "lazaret/internal/detect"

// All lists the behaviours of the family.
func All() []*detect.Behaviour { return []*detect.Behaviour{k1, k5, k7, k8, k9, k10, k11, k12, k13} }

// maxHosts is how many hosts a behaviour remembers something of.
const maxHosts = 4096
