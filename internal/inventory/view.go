package inventory

import "cmp"

// ExplainAt tells of the device at a position of Devices what Explain does.
func (r *Report) ExplainAt(i int) *Explanation { return r.explain(i) }

// CompareRoles orders roles as devices are listed.
func CompareRoles(a, b Role) int { return cmp.Compare(a.Rank(), b.Rank()) }
