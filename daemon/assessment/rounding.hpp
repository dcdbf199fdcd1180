#pragma once

#include "daemon/assessment/standard.hpp"

namespace exhaust::assessment {

/// `value` with so many decimals (0 to 15), as GB/T 8170 has it: in one step, and of a negative number the
/// magnitude, to which the sign comes back. The result is the double nearest to the rounded decimal; zero is
/// never negative.
///
/// What is rounded is the number as it is written: the shortest decimal that reads back as `value`. 2.665 is
/// stored as 2.66500000000000003553, and 2.675 as 2.67499999999999982236; both are a half here, as they are
/// on paper. A value that was computed and came out as 2.6750000000000003 is above the half, and is rounded
/// up.
///
/// NaN and infinities stay what they are.
double round_to(double value, int decimals, Rounding rounding);

}  // namespace exhaust::assessment
