package kinship

// likeness is how two sketches compare.
type likeness struct {
	how        string
	similarity float64 // share of what tells something, 0 to 1
}

// The shares that make kin. A single run in each of two copies leaves at most two gaps;
// more gaps ask for more that agrees.
const (
	fewGaps    = 2
	someGaps   = 4
	halfShare  = 0.5  // of the heavier one, with few gaps
	mostShare  = 0.65 // with some gaps
	highShare  = 0.8  // with any number
	insideOf   = 0.85 // of the lighter one, with few gaps: a long run was put in or behind
	leastShare = 0.1  // of the heavier one, however much of the lighter one is inside
	leastTold  = 192  // weight that must agree at all
	bulkShare  = 0.5  // of the sections, with the same imports
	bulkAlone  = 0.9  // of the sections, without imports
)

// aligner compares two sketches by the heaviest chain of equal chunks in order. Its
// table is used again and again.
type aligner struct {
	best [maxChunks + 1][maxChunks + 1]uint32
	a, b [maxChunks]chunk
}

// compare says whether two files are kin, and why: the same bytes, the same sections
// and imports, or the same bytes but for a run. The how is empty if they are not.
func (x *aligner) compare(a, b *Sketch) likeness {
	if a.sum == b.sum && a.whole && b.whole {
		return likeness{how: Same, similarity: 1}
	}
	run := x.run(a, b)
	if run.how != "" {
		return run
	}
	return sections(a, b)
}

// sections compares programs by their parts.
func sections(a, b *Sketch) likeness {
	if a.imports != b.imports || a.bulk == 0 || b.bulk == 0 {
		return likeness{}
	}
	var same uint32
	var used uint32 // bits of b's sections
	for _, p := range a.sections {
		for i, q := range b.sections {
			if p.hash == q.hash && used>>i&1 == 0 {
				used |= 1 << i
				same += p.bulk
				break
			}
		}
	}
	share := float64(same) / float64(max(a.bulk, b.bulk))
	if least := least(a.imports != 0); same < leastTold || share < least {
		return likeness{}
	}
	return likeness{how: Sections, similarity: share}
}

func least(imports bool) float64 {
	if imports {
		return bulkShare
	}
	return bulkAlone
}

// run compares contents, at the coarser of their two levels.
func (x *aligner) run(a, b *Sketch) likeness {
	level := max(a.level, b.level)
	as := x.a[:copy(x.a[:], a.chunks)]
	bs := x.b[:copy(x.b[:], b.chunks)]
	as = as[:coarsen(as, level)]
	bs = bs[:coarsen(bs, level)]
	for i := range as {
		for j := range bs {
			v := max(x.best[i][j+1], x.best[i+1][j])
			if as[i].hash == bs[j].hash && as[i].hash != 0 {
				v = max(v, x.best[i][j]+as[i].weight)
			}
			x.best[i+1][j+1] = v
		}
	}
	told := x.best[len(as)][len(bs)]
	if told < leastTold {
		return likeness{}
	}
	heavy, light := max(weigh(as), weigh(bs)), min(weigh(as), weigh(bs))
	share, inside := float64(told)/float64(heavy), float64(told)/float64(light)
	if a.holes || b.holes {
		share = inside // what was not seen says nothing
	}
	gaps := x.gaps(as, bs)
	switch {
	case share >= highShare, share >= mostShare && gaps <= someGaps, share >= halfShare && gaps <= fewGaps,
		inside >= insideOf && share >= leastShare && gaps <= fewGaps:
		return likeness{how: Run, similarity: share}
	}
	return likeness{}
}

func weigh(list []chunk) uint32 {
	var w uint32
	for _, c := range list {
		w += c.weight
	}
	return max(w, 1)
}

// gaps walks the table back and counts the stretches that do not agree, but for those
// with a hole in them.
func (x *aligner) gaps(as, bs []chunk) int {
	i, j, n := len(as), len(bs), 0
	open, hole := false, false
	for i > 0 || j > 0 {
		switch {
		case i > 0 && j > 0 && as[i-1].hash == bs[j-1].hash && as[i-1].hash != 0 && x.best[i][j] == x.best[i-1][j-1]+as[i-1].weight:
			if open && !hole {
				n++
			}
			open, hole = false, false
			i, j = i-1, j-1
		case i > 0 && (j == 0 || x.best[i-1][j] >= x.best[i][j-1]):
			i--
			open, hole = true, hole || as[i].hash == 0
		default:
			j--
			open, hole = true, hole || bs[j].hash == 0
		}
	}
	if open && !hole {
		n++
	}
	return n
}
