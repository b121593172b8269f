require "test_helper"

class HealthControllerTest < ActionDispatch::IntegrationTest
  test "it is up" do
    get "/up"
    assert_response :success
  end
end
