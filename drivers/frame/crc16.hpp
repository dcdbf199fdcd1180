#pragma once

#include "drivers/line/crc16.hpp"
