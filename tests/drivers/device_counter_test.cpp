#include "drivers/device_counter.hpp"

#include <gmock/gmock.h>

namespace exhaust {
namespace {

TEST(DeviceCounter, TheFirstNumberOnlySaysWhereToBegin) {
  DeviceCounter counter(64);
  EXPECT_TRUE(counter.look(1000).empty());
  EXPECT_TRUE(counter.look(1000).empty());
}

TEST(DeviceCounter, NewNumbersAreAskedForUntilTheyAreDone) {
  DeviceCounter counter(64);
  counter.look(10);
  EXPECT_EQ(counter.look(12).first, 11u);
  EXPECT_EQ(counter.look(12).last, 12u);
  counter.done(11);
  EXPECT_EQ(counter.look(13).first, 12u);
  counter.done(13);
  EXPECT_TRUE(counter.look(13).empty());
}

TEST(DeviceCounter, WhatTheDeviceHasForgottenIsLostAndSaidOnce) {
  DeviceCounter counter(4);
  counter.look(0);
  const auto news = counter.look(10);
  EXPECT_EQ(news.lost, 6u);
  EXPECT_EQ(news.first, 7u);
  EXPECT_EQ(counter.look(10).lost, 0u);
  EXPECT_EQ(counter.look(11).lost, 1u);
}

TEST(DeviceCounter, ACounterThatWentDownBeginsAnew) {
  DeviceCounter counter(64);
  counter.look(500);
  const auto news = counter.look(3);
  EXPECT_TRUE(news.restarted);
  EXPECT_TRUE(news.empty());
  EXPECT_FALSE(counter.look(4).restarted);
  EXPECT_EQ(counter.look(4).first, 4u);
}

TEST(DeviceCounter, OneThatRunsOverGoesOn) {
  DeviceCounter counter(1, 65536);
  counter.look(65534);
  auto news = counter.look(0);
  EXPECT_FALSE(news.restarted);
  EXPECT_EQ(news.lost, 1u);
  EXPECT_EQ(news.first, 0u);
  EXPECT_EQ(news.last, 0u);
  news = counter.look(0);
  EXPECT_EQ(news.lost, 0u) << "said once";
  EXPECT_FALSE(news.empty());
  counter.done(0);
  EXPECT_TRUE(counter.look(0).empty());
  EXPECT_EQ(counter.look(1).first, 1u);
}

TEST(DeviceCounter, OneThatWentDownFarFromItsEndHasRestarted) {
  DeviceCounter counter(1, 65536);
  counter.look(65500);
  EXPECT_TRUE(counter.look(0).restarted);
}

}  // namespace
}  // namespace exhaust
